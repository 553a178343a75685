using System.Diagnostics;
using System.Text.Json;

namespace CascadeLocal.Cascade.Traces;

/// <summary>Where the spans of requests come from.</summary>
public static class Spans
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "CascadeLocal";

    internal static ActivitySource Source { get; } = new(SourceName);
}

/// <summary>The names of attributes: OpenTelemetry's conventions for generative AI, and our own.</summary>
internal static class SpanTags
{
    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseId = "gen_ai.response.id";
    public const string FinishReasons = "gen_ai.response.finish_reasons";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string Dimensions = "gen_ai.embeddings.dimension.count";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";

    /// <summary>Who provides the models that are here.</summary>
    public const string OwnName = "cascadelocal";

    public const string Member = "cascade.member";
    public const string Cluster = "cascade.cluster";
    public const string Path = "cascade.path";
    public const string Reason = "cascade.reason";
    public const string Policy = "cascade.policy";
    public const string Guarantee = "cascade.guarantee";
    public const string GuaranteeReason = "cascade.guarantee_reason";
    public const string Escalated = "cascade.escalated";
    public const string Status = "cascade.status";
    public const string Agrees = "cascade.agrees";
    public const string Tokens = "cascade.tokens";
    public const string CachedTokens = "cascade.cached_tokens";
    public const string Verdict = "cascade.verdict";
    public const string Early = "cascade.early";
    public const string AcceptProbability = "cascade.accept_probability";
    public const string TargetProbability = "cascade.target_probability";
    public const string DraftVerified = "cascade.draft.verified";
    public const string DraftReused = "cascade.draft.reused";
}

/// <summary>What several spans have in common.</summary>
internal static class SpanExtensions
{
    /// <summary>The parent of a span; none where it is not known.</summary>
    public static ActivityContext ToParent(this TraceContext? trace, bool isRemote) =>
        trace is not null && ActivityContext.TryParse(trace.Parent, trace.State, isRemote, out ActivityContext parent) ? parent : default;

    /// <summary>Where in the trace the parts of a span stand.</summary>
    public static TraceContext ToContext(this Activity activity) => new(activity.Id!, activity.TraceStateString);

    /// <summary>Says how an answer went.</summary>
    public static void Describe(this Activity activity, GenerationResult result) => activity
        .SetTag(SpanTags.InputTokens, result.PromptTokens)
        .SetTag(SpanTags.OutputTokens, result.OutputTokens)
        .SetTag(SpanTags.CachedTokens, result.CachedTokens)
        .SetTag(SpanTags.FinishReasons, new[] { Word(result.FinishReason) });

    /// <summary>The word for a value, as logs have it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
