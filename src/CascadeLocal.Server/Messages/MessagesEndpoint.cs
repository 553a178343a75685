using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Engine;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Telemetry;
using CascadeLocal.Server.Tokens;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Messages;

/// <summary>POST /v1/messages, and /v1/messages/count_tokens, which only says how long the prompt would be.</summary>
internal sealed class MessagesEndpoint(ServerOptions options, ChatEndpoints answers, TokenEndpoints tokens)
{
    public const string Path = MessagesErrorWriter.Path;

    public Task AnswerAsync(HttpContext context) => answers.AnswerAsync(context, new MessagesFormat());

    public async Task CountTokensAsync(HttpContext context)
    {
        GenerationRequest request = MessagesRequestParser.Parse(await BodyReader.ReadAsync(context, options.BodyLimit), table: MessagesRequestParser.CountFields).Request;
        using RequestSpan? span = context.BeginSpan("count_tokens", options);
        using MemberLease lease = tokens.Find(context, request.Member, out LanguageModel model);
        int count;
        try
        {
            count = (await model.TokenizeChatAsync(request, context.RequestAborted)).Tokens.Length;
        }
        catch (ChatTemplateException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "messages", "chat_template_error"));
        }

        span?.AnswerTokens(lease.Name, count);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("input_tokens", count);
            json.WriteEndObject();
        });
    }
}
