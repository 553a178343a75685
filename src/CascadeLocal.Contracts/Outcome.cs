using System.Diagnostics;

namespace CascadeLocal.Contracts;

/// <summary>Who starts to answer a request, and why.</summary>
public sealed record CascadeDecision
{
    /// <summary>Names the request everywhere: in the answer, in logs.</summary>
    public required string Id { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The request's cluster; null where it was not embedded.</summary>
    public string? Cluster { get; init; }

    /// <summary>The distance of the query's embedding from the middle of its cluster; null where it was not measured.</summary>
    public double? CentroidDistance { get; init; }

    /// <summary>
    /// The chance that a query of the kind that the policy was fitted to is at least so far from that middle, which is the nearest: a conformal
    /// p-value. Null where it was not measured, or the policy does not say what it knows.
    /// </summary>
    public double? NoveltyPValue { get; init; }

    /// <summary>Whether the query is unlike all that the policy was fitted to, so that nothing is promised of the answer.</summary>
    public bool IsNovel { get; init; }

    /// <summary>The cluster's member, or the policy's default one; null where no policy was asked.</summary>
    public string? StageOneMember { get; init; }

    /// <summary>The member that starts.</summary>
    public required string Member { get; init; }

    /// <summary>Tokens of its prompt, as far as they are known when it starts.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>The members up to <see cref="Member"/>; those passed over are marked.</summary>
    public required IReadOnlyList<PathStep> Path { get; init; }

    /// <summary>Why <see cref="Member"/>.</summary>
    public required RoutingReason Reason { get; init; }

    /// <summary>The members that answer one after the other while answers are rejected; empty where none is judged.</summary>
    public IReadOnlyList<string> EscalatesTo { get; init; } = [];

    /// <summary>Names the policy in force; null without one.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>What is promised of the answer as far as is known before it.</summary>
    public Promise Guarantee { get; init; } = Promise.None;

    /// <summary>Under which mode it was decided; a request that names its member is served alike in all.</summary>
    public CascadeMode Mode { get; init; } = CascadeMode.Cascade;

    /// <summary>What embedding and assignment took; null where neither was done.</summary>
    public TimeSpan? EmbedTime { get; init; }

    /// <summary>When both were done, as <see cref="Stopwatch.GetTimestamp"/>; 0 where neither was.</summary>
    public long EmbeddedAt { get; init; }
}

/// <summary>Why a request starts with the member it starts with.</summary>
public enum RoutingReason
{
    /// <summary>It is the member of the request's cluster.</summary>
    Cluster,

    /// <summary>It is worth most by what is expected of each member on this very query.</summary>
    Forecast,

    /// <summary>It gave the conversation's last answer, and the cluster's member is cheaper.</summary>
    Conversation,

    /// <summary>The member that should answer cannot; this is the next best.</summary>
    Fallback,

    /// <summary>There is no text to route by, or it could not be embedded: the policy's default member.</summary>
    Default,

    /// <summary>No policy is in force: the strongest member that is ready.</summary>
    NoPolicy,

    /// <summary>The request wants to keep all of the strongest member's right answers.</summary>
    Keep,

    /// <summary>It brings functions, no label is of such, and those go to the strongest member (<c>tools</c> in the configuration).</summary>
    Tools,

    /// <summary>It is unlike all that the policy was fitted to, and such go to the strongest member (<c>novel</c> in the configuration).</summary>
    Novel,

    /// <summary>Mode shadow: the strongest member answers everything.</summary>
    Shadow,

    /// <summary>The request names it.</summary>
    Pinned,
}

/// <summary>Who answers requests that name no member.</summary>
public enum CascadeMode
{
    /// <summary>The policy's members: routed, judged and escalated.</summary>
    Cascade,

    /// <summary>The strongest member; what the cascade would have done is worked out beside it.</summary>
    Shadow,
}

/// <summary>What is promised of an answer.</summary>
/// <param name="Word">The word for it in answers and logs.</param>
/// <param name="Reason">Why nothing is promised although the policy promises something; null where there is no more to say.</param>
public readonly record struct Promise(string Word, string? Reason = null)
{
    /// <summary>Nothing.</summary>
    public static Promise None { get; } = new("none");

    /// <summary>The share that is kept, with the policy's confidence.</summary>
    public static Promise Confidence { get; } = new("confidence");

    /// <summary>The share that is kept, in expectation.</summary>
    public static Promise Mean { get; } = new("mean");

    /// <summary>Nothing, where a policy would have promised something; the reason is told. What was nothing stays as it is.</summary>
    public Promise Without(string reason) => Word == None.Word ? this : new(None.Word, reason);

    /// <inheritdoc/>
    public override string ToString() => Word;
}

/// <summary>One member on a request's way.</summary>
/// <param name="Member">Its name.</param>
/// <param name="Skipped">Why it did not work on the request, as <see cref="MemberException.Word"/>; null where it did.</param>
public sealed record PathStep(string Member, string? Skipped = null)
{
    /// <summary>As headers show it: <c>small</c>, or <c>nano (unavailable)</c>.</summary>
    public override string ToString() => Skipped is null ? Member : $"{Member} ({Skipped})";
}

/// <summary>What was made of a member's answer.</summary>
public sealed record CascadeVerdict
{
    /// <summary>The request, as <see cref="CascadeDecision.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The member whose answer was judged.</summary>
    public required string Member { get; init; }

    /// <summary>Whether the answer was found good enough.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Whether it was judged before its end.</summary>
    public bool Early { get; init; }

    /// <summary>Tokens of the answer that had been decoded.</summary>
    public int OutputTokens { get; init; }

    /// <summary>The judged probability that the answer is right.</summary>
    public double? AcceptProbability { get; init; }

    /// <summary>The judged probability that the stronger member's answer is right.</summary>
    public double? TargetProbability { get; init; }

    /// <summary>The member that answers instead; null where the answer is accepted, and where nobody else could answer.</summary>
    public string? EscalatesTo { get; init; }

    /// <summary>When the judge saw the first token, as <see cref="Stopwatch.GetTimestamp"/>; 0 where it saw none.</summary>
    public long BeganAt { get; init; }

    /// <summary>When the verdict fell, likewise.</summary>
    public long FellAt { get; init; }
}

/// <summary>One member's work on a request.</summary>
/// <param name="Member">The member.</param>
/// <param name="Result">Its tokens and times and why it ended; of one that failed, as far as it came.</param>
/// <param name="Failure">What broke it; null where nothing did.</param>
public sealed record CascadePass(string Member, GenerationResult Result, string? Failure = null)
{
    /// <summary>Whether the member is elsewhere.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>What its tokens cost by the member's price; null where it has none.</summary>
    public double? Cost { get; init; }
}

/// <summary>How a request ended.</summary>
public enum RequestEnd
{
    /// <summary>Its answer was delivered whole.</summary>
    Delivered,

    /// <summary>Its budget was over: the best answer there was until then was delivered.</summary>
    BudgetExhausted,

    /// <summary>The client went away, or took nothing of its stream for too long.</summary>
    ClientLeft,

    /// <summary>No member could answer, or one failed after some of its text was shown.</summary>
    MemberFailed,

    /// <summary>The server was shut down.</summary>
    ShutDown,

    /// <summary>A fault of this program.</summary>
    Faulted,
}

/// <summary>How a request went.</summary>
public sealed record CascadeOutcome
{
    /// <summary>How it began.</summary>
    public required CascadeDecision Decision { get; init; }

    /// <summary>How it ended.</summary>
    public required RequestEnd End { get; init; }

    /// <summary>The member whose answer was delivered, or that was at work when it ended.</summary>
    public required string Member { get; init; }

    /// <summary>All members on the way, in order.</summary>
    public required IReadOnlyList<PathStep> Path { get; init; }

    /// <summary>The passes in order, but the one that was delivered last; one that a client left has ended as cancelled.</summary>
    public required IReadOnlyList<CascadePass> Passes { get; init; }

    /// <summary>What was made of the answers that were judged, in order.</summary>
    public IReadOnlyList<CascadeVerdict> Verdicts { get; init; } = [];

    /// <summary>Whose request it is, as <see cref="GenerationRequest.CacheSalt"/>.</summary>
    public string CacheSalt { get; init; } = "";

    /// <summary>Whether a pass was rejected and a stronger member answered.</summary>
    public bool Escalated { get; init; }

    /// <summary>The probability that the answer is right that was judged last; null where none was judged.</summary>
    public double? AcceptProbability { get; init; }

    /// <summary>The probability, judged with it, that the target's answer is right; null where none was judged.</summary>
    public double? TargetProbability { get; init; }

    /// <summary>What is promised of the answer.</summary>
    public Promise Guarantee { get; init; } = Promise.None;

    /// <summary>Tokens of a rejected answer that were offered to the stronger member.</summary>
    public int DraftTokensOffered { get; init; }

    /// <summary>Tokens of a rejected answer that the stronger member verified and kept.</summary>
    public int DraftTokensReused { get; init; }

    /// <summary>For how long, from its first token on, the delivered answer was held back until the verdict on it.</summary>
    public TimeSpan HeldFor { get; init; }

    /// <summary>When the request came, as <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>When it was let in, likewise.</summary>
    public long AdmittedAt { get; init; }

    /// <summary>When the member that was decided on had a place for it, likewise; 0 where it did not have to wait for one.</summary>
    public long PlacedAt { get; init; }

    /// <summary>When it began to wait for that place, likewise.</summary>
    public long DecidedAt => Math.Max(AdmittedAt, Decision.EmbeddedAt);

    /// <summary>How long it waited for its turn before members had it: at the door, and in the queues for endpoints.</summary>
    public TimeSpan QueueTime => Stopwatch.GetElapsedTime(ReceivedAt, AdmittedAt)
        + (PlacedAt > 0 ? Stopwatch.GetElapsedTime(DecidedAt, PlacedAt) : TimeSpan.Zero)
        + TimeSpan.FromTicks(Passes.Sum(pass => pass.Result.WaitTime.Ticks));

    /// <summary>From the request's arrival to this end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The last question, in the user's own words. Null where nobody asked to keep it.</summary>
    public string? Query { get; init; }

    /// <summary>The text that was delivered. Null where nobody asked to keep it.</summary>
    public string? Answer { get; init; }

    /// <summary>The first member that should have answered and did not, with the reason, as <c>base (full)</c>; null if none.</summary>
    public string? FallbackReason { get; init; }

    /// <summary>
    /// Whether something is still worked out beside it: then <see cref="ICascadeObserver.OnShadowed"/> follows, with
    /// <see cref="Shadow"/> if that went well.
    /// </summary>
    public bool AwaitsShadow { get; init; }

    /// <summary>What was worked out beside it; null where nothing was, or not yet.</summary>
    public ShadowOutcome? Shadow { get; init; }

    /// <summary>What ended the request before its answer was delivered, in a sentence; null if nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Whether an answer was delivered, whole or as far as the budget let it come.</summary>
    public bool IsDelivered => End is RequestEnd.Delivered or RequestEnd.BudgetExhausted;

    /// <summary>The pass that was delivered; null if none was.</summary>
    public GenerationResult? Delivered => IsDelivered && Passes.Count > 0 ? Passes[^1].Result : null;

    /// <summary>How it ended in one word, the same in logs, metrics and on the dashboard.</summary>
    public string Status => End switch
    {
        RequestEnd.Delivered or RequestEnd.BudgetExhausted => "ok",
        RequestEnd.ClientLeft => "cancelled",
        RequestEnd.MemberFailed => "failed",
        RequestEnd.ShutDown => "shutdown",
        _ => "error",
    };
}

/// <summary>What was worked out beside a request: in mode shadow what the cascade would have done, in mode cascade what the strongest member says.</summary>
/// <param name="Outcome">How that would have gone; its passes are measured, the delivered one among them where it stands for its own.</param>
/// <param name="Agrees">Whether its answer says the same as the delivered one.</param>
public sealed record ShadowOutcome(CascadeOutcome Outcome, bool Agrees);

/// <summary>How what was worked out beside a request ended.</summary>
public enum ShadowEnd
{
    /// <summary>It is known whether both answers say the same.</summary>
    Compared,

    /// <summary>It was not begun, or gave way: there was too much else to do.</summary>
    Dropped,

    /// <summary>A member refused or failed, or the server was shut down.</summary>
    Failed,
}

/// <summary>
/// Sees every request of the cascade, for metrics and logs. Called on the request's own path by many requests at once: an
/// implementation is thread-safe, returns at once and never throws.
/// </summary>
public interface ICascadeObserver
{
    /// <summary>Whether outcomes shall hold the question and the answer.</summary>
    bool KeepsText => false;

    /// <summary>It is decided who answers, and that member has taken the request.</summary>
    void OnDecided(CascadeDecision decision)
    {
    }

    /// <summary>A member's answer, or the beginning of one, was judged.</summary>
    void OnJudged(CascadeVerdict verdict)
    {
    }

    /// <summary>A request that was decided has ended, well or not. Called exactly once for each.</summary>
    void OnCompleted(CascadeOutcome outcome);

    /// <summary>
    /// What was worked out beside a request has ended, well or not. Called exactly once, after <see cref="OnCompleted"/>, for each
    /// outcome with <see cref="CascadeOutcome.AwaitsShadow"/>.
    /// </summary>
    void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
    }
}

/// <summary>Several observers as one; they are told in order, and each of them, whatever another one throws.</summary>
public sealed class ObserverList(params IReadOnlyList<ICascadeObserver> observers) : ICascadeObserver
{
    /// <inheritdoc/>
    public bool KeepsText => observers.Any(o => o.KeepsText);

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision) => TellAll(decision, static (observer, d) => observer.OnDecided(d));

    /// <inheritdoc/>
    public void OnJudged(CascadeVerdict verdict) => TellAll(verdict, static (observer, v) => observer.OnJudged(v));

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome) => TellAll(outcome, static (observer, o) => observer.OnCompleted(o));

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end) =>
        TellAll((outcome, end), static (observer, o) => observer.OnShadowed(o.outcome, o.end));

    // What one of them throws breaks the rule, and comes out when all have been told.
    private void TellAll<T>(T what, Action<ICascadeObserver, T> tell)
    {
        List<Exception>? faults = null;
        foreach (ICascadeObserver observer in observers)
        {
            try
            {
                tell(observer, what);
            }
            catch (Exception e)
            {
                (faults ??= []).Add(e);
            }
        }

        if (faults is not null)
            throw new AggregateException(faults);
    }
}
