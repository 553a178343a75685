namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Requests that ended, as the cascade reports them.</summary>
internal static class Outcomes
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Answered by nano: 7 of 10 prompt tokens cached, 11 tokens in 10 + 20 ms.</summary>
    public static CascadeOutcome Accepted(string id = "chatcmpl-1")
    {
        CascadeDecision decision = Decision(id);
        return new()
        {
            Decision = decision,
            Member = "nano",
            End = RequestEnd.Delivered,
            Path = decision.Path,
            Passes = [new("nano", Result(11, 10, 30))],
            AcceptProbability = 0.9,
            TargetProbability = 0.95,
        };
    }

    /// <summary>Rejected at nano (11 tokens, 30 ms), answered by small: 5 tokens in 8 + 12 ms, of 6 draft tokens 4 kept.</summary>
    public static CascadeOutcome Escalated(string id = "chatcmpl-2")
    {
        CascadeDecision decision = Decision(id);
        return new()
        {
            Decision = decision,
            Member = "small",
            End = RequestEnd.Delivered,
            Path = [new PathStep("nano"), new PathStep("small")],
            Passes = [new("nano", Result(11, 10, 30)), new("small", Result(5, 8, 20))],
            Escalated = true,
            AcceptProbability = 0.2,
            TargetProbability = 0.8,
            Guarantee = Promise.Confidence,
            DraftTokensOffered = 6,
            DraftTokensReused = 4,
            Query = "the question",
            Answer = "the answer",
        };
    }

    /// <summary>A member failed before the first token.</summary>
    public static CascadeOutcome Failed(string id = "chatcmpl-3")
    {
        CascadeDecision decision = Decision(id);
        return new() { Decision = decision, Member = "nano", End = RequestEnd.MemberFailed, Path = decision.Path, Passes = [], Error = "it broke" };
    }

    public static CascadeDecision Decision(string id) => new()
    {
        Id = id,
        Time = Noon,
        Cluster = "3",
        CentroidDistance = 0.5,
        StageOneMember = "nano",
        Member = "nano",
        Path = [new PathStep("nano")],
        Reason = RoutingReason.Cluster,
        PolicyVersion = "abc",
        EmbedTime = TimeSpan.FromMilliseconds(2),
    };

    private static GenerationResult Result(int tokens, double ttft, double e2el) => new()
    {
        FinishReason = FinishReason.Stop,
        PromptTokens = 10,
        CachedTokens = 7,
        OutputTokens = tokens,
        TimeToFirstToken = TimeSpan.FromMilliseconds(ttft),
        EndToEnd = TimeSpan.FromMilliseconds(e2el),
    };
}
