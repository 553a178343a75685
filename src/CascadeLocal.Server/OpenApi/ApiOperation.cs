using CascadeLocal.Server.Admin;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Completions;
using CascadeLocal.Server.Dashboard;
using CascadeLocal.Server.Embeddings;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Messages;
using CascadeLocal.Server.Metrics;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Tokens;

namespace CascadeLocal.Server.OpenApi;

/// <summary>What the document says of a route.</summary>
/// <param name="Method">The method; where it is GET, HEAD is served as well.</param>
/// <param name="Path">The path, as the document writes it.</param>
/// <param name="Id">A name for generated clients.</param>
/// <param name="Summary">What it does.</param>
internal sealed record ApiOperation(string Method, string Path, string Id, string Summary)
{
    /// <summary>The schema of the answer; null for one that is no JSON.</summary>
    public string? Answer { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>The schema of the data of an event, where the answer may be a stream; null where it may not.</summary>
    public string? Event { get; init; }

    /// <summary>What the answer is where it is no JSON.</summary>
    public string? OtherContent { get; init; }

    /// <summary>The schema of the body, and what it takes; null for no body.</summary>
    public (string Schema, FieldTable Fields)? Body { get; init; }

    /// <summary>The schema of a body that is described elsewhere.</summary>
    public string? OtherBody { get; init; }

    public bool NeedsBody { get; init; } = true;

    /// <summary>The parameters, by their names in the components.</summary>
    public string[] Parameters { get; init; } = [];

    /// <summary>Whether a member is at work: the answer says which, and there may be none.</summary>
    public bool IsDecided { get; init; }

    public ApiAccess Access { get; init; } = ApiAccess.Key;

    /// <summary>The other errors that it knows.</summary>
    public int[] Errors { get; init; } = [];
}

/// <summary>Who may call a route.</summary>
internal enum ApiAccess
{
    Open,
    Key,
    Admin,
}

/// <summary>All routes.</summary>
internal static class ApiOperations
{
    public const string EventStream = "text/event-stream";

    private static readonly int[] Answering = [404, 429];

    public static IReadOnlyList<ApiOperation> All { get; } =
    [
        new("POST", "/v1/chat/completions", "createChatCompletion", "Answers a conversation, whole or streamed.")
        {
            Body = ("ChatCompletionRequest", RequestFields.Chat), Answer = "ChatCompletion", Event = "ChatCompletionEvent", IsDecided = true, Errors = Answering,
        },
        new("POST", "/v1/completions", "createCompletion", "Continues bare prompts.")
        {
            Body = ("CompletionRequest", CompletionRequestParser.Fields), Answer = "Completion", Event = "CompletionEvent", IsDecided = true, Errors = Answering,
        },
        new("POST", "/v1/responses", "createResponse", "OpenAI's Responses API: answers, whole or streamed.")
        {
            Body = ("ResponseRequest", ResponseRequestParser.Fields), Answer = "Response", Event = "ResponseEvent", IsDecided = true, Errors = Answering,
        },
        new("GET", "/v1/responses/{id}", "getResponse", "A response that is kept.") { Answer = "Response", Parameters = ["Id", "Stream"], Errors = [400, 404] },
        new("DELETE", "/v1/responses/{id}", "deleteResponse", "Forgets a response.") { Answer = "DeletedResponse", Parameters = ["Id"], Errors = [404] },
        new("GET", "/v1/responses/{id}/input_items", "listInputItems", "The items of a kept response's own request.")
        {
            Answer = "ResponseItems", Parameters = ["Id", "Limit", "Order", "After"], Errors = [400, 404],
        },
        new("POST", "/v1/messages", "createMessage", "Anthropic's Messages API: answers, whole or streamed.")
        {
            Body = ("MessageRequest", MessagesRequestParser.Fields), Answer = "Message", Event = "MessageEvent", IsDecided = true, Errors = Answering,
        },
        new("POST", "/v1/messages/count_tokens", "countTokens", "The tokens of a conversation.")
        {
            Body = ("CountTokensRequest", MessagesRequestParser.CountFields), Answer = "TokenCount", Errors = Answering,
        },
        new("POST", "/v1/cascade/decide", "decide", "Who would answer a chat completion, without running anything.")
        {
            Body = ("ChatCompletionRequest", RequestFields.Chat), Answer = "CascadeDecision", IsDecided = true, Errors = Answering,
        },
        new("POST", "/v1/embeddings", "createEmbeddings", "Vectors of texts, by the encoder that routes.")
        {
            Body = ("EmbeddingRequest", EmbeddingRequestParser.Fields), Answer = "Embeddings", Parameters = ["Deadline"], Errors = Answering,
        },
        new("POST", "/tokenize", "tokenize", "The tokens of a text.")
        {
            Body = ("TokenizeRequest", TokenEndpoints.TokenizeFields), Answer = "Tokens", Errors = Answering,
        },
        new("POST", "/detokenize", "detokenize", "The text of tokens.")
        {
            Body = ("DetokenizeRequest", TokenEndpoints.DetokenizeFields), Answer = "TokenText", Errors = Answering,
        },
        new("POST", "/apply-template", "applyTemplate", "The prompt that a member's template makes of a conversation.")
        {
            Body = ("ChatCompletionRequest", RequestFields.Chat), Answer = "Prompt", Errors = Answering,
        },
        new("GET", "/v1/models", "listModels", "The pool and its members.") { Answer = "Models" },
        new("GET", "/v1/models/{id}", "getModel", "One of them.") { Answer = "Model", Parameters = ["ModelId"], Errors = [404] },
        new("POST", "/v1/feedback", "sendFeedback", "Takes whether an answer was right.")
        {
            Body = ("FeedbackRequest", FeedbackEndpoint.Fields), Answer = "Feedback", Errors = [404, 429],
        },
        new("GET", "/admin/policy", "getPolicy", "The policy in force.") { Answer = "Policy", Access = ApiAccess.Admin },
        new("POST", "/admin/policy", "setPolicy", "Puts another policy in force, or reads it again.")
        {
            Body = ("PolicyRequest", PolicyEndpoint.Fields), NeedsBody = false, Answer = "Policy", Access = ApiAccess.Admin,
        },
        new("GET", "/admin/pool", "getPool", "The members.") { Answer = "Pool", Access = ApiAccess.Admin },
        new("POST", "/admin/pool", "addMember", "Adds a member.")
        {
            OtherBody = "MemberSettings", Answer = "PoolMember", Status = 202, Access = ApiAccess.Admin, Errors = [409],
        },
        new("DELETE", "/admin/pool/{name}", "removeMember", "Drains a member and frees it.")
        {
            Answer = "PoolMember", Status = 202, Parameters = ["Name"], Access = ApiAccess.Admin, Errors = [404, 409],
        },
        new("POST", "/admin/pool/reload", "reloadPool", "Brings the pool to what the configuration says now.")
        {
            Answer = "PoolReload", Status = 202, Access = ApiAccess.Admin, Errors = [400, 409],
        },
        new("GET", "/admin/usage", "getUsage", "What was used by each key since the start.") { Answer = "KeyUsage", Access = ApiAccess.Admin },
        new("GET", "/metrics", "getMetrics", "Prometheus.") { OtherContent = "text/plain" },
        new("GET", "/health", "getHealth", "That the process lives, and what every member is doing.") { Answer = "Health", Access = ApiAccess.Open },
        new("GET", "/ready", "getReadiness", "Whether requests are taken.") { Answer = "Readiness", Access = ApiAccess.Open },
        new("GET", "/openapi.json", "getOpenApi", "This document.") { Answer = "OpenApi", Access = ApiAccess.Open },
        new("GET", "/dashboard/state", "getDashboardState", "What the dashboard shows, once.") { Answer = "DashboardState" },
        new("GET", "/dashboard/events", "getDashboardEvents", "The same, and then every change.") { OtherContent = EventStream },
        new("GET", "/", "getDashboard", "The dashboard.") { OtherContent = "text/html", Access = ApiAccess.Open },
        .. PageFiles.Parts.Select(part => new ApiOperation("GET", $"/dashboard/{part}", $"getDashboardPart_{part.Replace('.', '_')}", "A file of the dashboard.")
        {
            OtherContent = part.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript" : "text/css", Access = ApiAccess.Open,
        }),
    ];
}
