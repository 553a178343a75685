using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Engine;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Completions;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Telemetry;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Tokens;

/// <summary>
/// POST /tokenize, /detokenize and /apply-template, as llama-server has them: what a member of this process makes of texts and
/// conversations. Nothing is decoded.
/// </summary>
internal sealed class TokenEndpoints(ServerOptions options, ModelPool pool)
{
    private static readonly RequestField<string> Content = new("content", Values.Text, "The text.") { IsRequired = true };

    private static readonly RequestField<bool> AddSpecial =
        new("add_special", Values.Boolean, "Whether the model's own first and last tokens are added.") { Default = false };

    private static readonly RequestField<bool> WithPieces = new("with_pieces", Values.Boolean, "Whether each token comes with its text.") { Default = false };

    private static readonly Values<int> Token = Values.Int32(0);

    private static readonly RequestField<int[]> Tokens = new(
        "tokens",
        new($$$$"""{"type":"array","items":{{{{Token.Schema}}}} }""", field => [.. field.Items().Select(Token.Read)]),
        "The tokens, within the model's vocabulary.")
    {
        IsRequired = true,
    };

    public static FieldTable TokenizeFields { get; } = RequestFields.Table(
        [Content, RequestFields.Model, AddSpecial, CompletionRequestParser.ParseSpecial, WithPieces]);

    public static FieldTable DetokenizeFields { get; } = RequestFields.Table([Tokens, RequestFields.Model]);

    public async Task TokenizeAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        (string? name, string text, bool special, bool readsControl, bool pieces) = ChatRequestParser.Parse(body, TokenizeFields, fields =>
        {
            RequestFields.Check(fields);
            return (ChatRequestParser.ReadModel(fields), fields.Require(Content), fields.Get(AddSpecial), fields.Get(CompletionRequestParser.ParseSpecial), fields.Get(WithPieces));
        });
        using RequestSpan? span = context.BeginSpan("tokenize", options);
        using MemberLease lease = Find(context, name, out LanguageModel model);
        int[] tokens = await model.TokenizeAsync(text, special, readsControl, context.RequestAborted);
        span?.AnswerTokens(lease.Name, tokens.Length);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens");
            foreach (int token in tokens)
            {
                if (pieces)
                    WritePiece(json, token, model.Describe(token));
                else
                    json.WriteNumberValue(token);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task DetokenizeAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        (string? name, int[] tokens) = ChatRequestParser.Parse(body, DetokenizeFields, fields =>
        {
            RequestFields.Check(fields);
            return (ChatRequestParser.ReadModel(fields), fields.Require(Tokens));
        });
        using RequestSpan? span = context.BeginSpan("detokenize", options);
        using MemberLease lease = Find(context, name, out LanguageModel model);
        if (Array.FindIndex(tokens, token => token >= model.Info.VocabularySize) is >= 0 and int at)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"'tokens[{at}]' is {tokens[at]}, but the vocabulary of '{lease.Name}' has {model.Info.VocabularySize} tokens.", $"tokens[{at}]"));
        }

        string text = model.Detokenize(tokens);
        span?.AnswerTokens(lease.Name, tokens.Length);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("content", text);
            json.WriteEndObject();
        });
    }

    public async Task ApplyTemplateAsync(HttpContext context)
    {
        GenerationRequest request = ChatRequestParser.Parse(await BodyReader.ReadAsync(context, options.BodyLimit)).Request;
        using RequestSpan? span = context.BeginSpan("apply_template", options);
        using MemberLease lease = Find(context, request.Member, out LanguageModel model);
        string prompt;
        int[] tokens;
        try
        {
            (tokens, prompt) = await model.TokenizeChatAsync(request, context.RequestAborted);
        }
        catch (ChatTemplateException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "messages", "chat_template_error"));
        }

        span?.AnswerTokens(lease.Name, tokens.Length);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("prompt", prompt);
            json.WriteStartArray("tokens");
            foreach (int token in tokens)
                json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WritePiece(Utf8JsonWriter json, int token, TokenCandidate piece)
    {
        json.WriteStartObject();
        json.WriteNumber("id", token);
        if (piece.Bytes is { } bytes)
        {
            json.WriteStartArray("piece");
            foreach (byte value in bytes)
                json.WriteNumberValue(value);
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("piece", piece.Text);
        }

        json.WriteEndObject();
    }

    /// <summary>The member that is named, else the strongest of this process that is ready.</summary>
    /// <exception cref="ApiException">There is none, the key does not open it, or its tokens are not known here.</exception>
    public MemberLease Find(HttpContext context, string? name, out LanguageModel model)
    {
        context.Client().RequireMember(name);
        PoolMember? member = name is null
            ? pool.ByStrength.FirstOrDefault(m => m is { State: MemberState.Ready, Local: not null })
            : pool.Find(name) ?? throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(name)));
        if (member is null)
            throw new ApiException(ApiError.Unavailable("No model of this process is ready.", 5, "no_model_ready"));
        try
        {
            MemberLease lease = member.Lease();
            if (member.Local is { } local)
            {
                model = local;
                return lease;
            }

            lease.Dispose();
            throw new ApiException(ApiError.InvalidRequest(
                $"The model '{member.Name}' is elsewhere: its tokens are not known here.", "model", "not_served_by_model"));
        }
        catch (MemberUnavailableException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, 5, "model_unavailable"));
        }
    }
}
