using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Tokens;

/// <summary>
/// POST /tokenize, /detokenize and /apply-template, as llama-server has them: what a member of this process makes of texts and
/// conversations. Nothing is decoded.
/// </summary>
internal sealed class TokenEndpoints(ServerOptions options, ModelPool pool)
{
    private static readonly string[] TokenizeFields = ["content", "model", "add_special", "parse_special", "with_pieces"];
    private static readonly string[] DetokenizeFields = ["tokens", "model"];

    public async Task TokenizeAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        (string? name, string text, bool special, bool pieces) = ChatRequestParser.Parse(body, root =>
        {
            RequestFields.Check(root, TokenizeFields);
            if (IsTrue(root.Member("parse_special")))
                throw root.Member("parse_special").Error("is not served: text never becomes a control token");
            return (ChatRequestParser.ReadModel(root.Member("model")), root.Required("content").String(), IsTrue(root.Member("add_special")), IsTrue(root.Member("with_pieces")));
        });
        using MemberLease lease = Find(context, name, out LanguageModel model);
        int[] tokens = model.Tokenize(text, special, context.RequestAborted);
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
        (string? name, int[] tokens) = ChatRequestParser.Parse(body, root =>
        {
            RequestFields.Check(root, DetokenizeFields);
            return (ChatRequestParser.ReadModel(root.Member("model")), root.Required("tokens").Items().Select(item => item.Int32(0, int.MaxValue)).ToArray());
        });
        using MemberLease lease = Find(context, name, out LanguageModel model);
        if (Array.FindIndex(tokens, token => token >= model.Info.VocabularySize) is >= 0 and int at)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"'tokens[{at}]' is {tokens[at]}, but the vocabulary of '{lease.Name}' has {model.Info.VocabularySize} tokens.", $"tokens[{at}]"));
        }

        string text = model.Detokenize(tokens);
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
        using MemberLease lease = Find(context, request.Member, out LanguageModel model);
        string prompt;
        try
        {
            prompt = model.RenderChat(request, context.RequestAborted);
        }
        catch (ChatTemplateException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "messages", "chat_template_error"));
        }

        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("prompt", prompt);
            json.WriteEndObject();
        });
    }

    private static bool IsTrue(JsonField field) => !field.IsNull && field.Boolean();

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
        context.Client().Require(name ?? MemberName.Cascade);
        PoolMember? member = name is null
            ? pool.ByStrength.FirstOrDefault(m => m is { State: MemberState.Ready, Local: not null })
            : pool.Find(name) ?? throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(name)));
        if (member is null)
            throw new ApiException(ApiError.Unavailable("No model of this process is ready.", 5, "no_model_ready"));
        try
        {
            MemberLease lease = member.Lease();
            model = member.Local ?? throw new ApiException(ApiError.InvalidRequest(
                $"The model '{member.Name}' is elsewhere: its tokens are not known here.", "model", "not_served_by_model"));
            return lease;
        }
        catch (MemberUnavailableException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, 5, "model_unavailable"));
        }
    }
}
