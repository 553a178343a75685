using CascadeLocal.Routing.Judging;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>What happened to a request so far, and at its end the outcome.</summary>
internal sealed class RunRecord
{
    private readonly CascadeDecision _decision;
    private readonly GenerationRequest _request;
    private readonly ICascadeObserver _observer;
    private readonly List<PathStep> _path;
    private readonly List<Attempt> _attempts = [];
    private readonly List<CascadeVerdict> _verdicts = [];
    private string? _fallback;

    public RunRecord(GenerationRequest request, CascadeDecision decision, Attempt first, ICascadeObserver observer)
    {
        (_request, _decision, _observer) = (request, decision, observer);
        _path = [.. decision.Path];
        _attempts.Add(first);
        _fallback = decision.Reason == RoutingReason.Fallback ? decision.Path[0].ToString() : null;
    }

    /// <summary>A member has begun to work on it.</summary>
    public void Enter(Attempt attempt)
    {
        _path.Add(new(attempt.Member));
        _attempts.Add(attempt);
    }

    /// <summary>A member that should have worked on it did not.</summary>
    public void Skip(string member, string word)
    {
        PathStep step = new(member, word);
        _path.Add(step);
        _fallback ??= step.ToString();
    }

    /// <summary>A member's work on it is of no use.</summary>
    /// <param name="attempt">The work.</param>
    /// <param name="word">Why, in one word.</param>
    public void Fail(Attempt attempt, string word)
    {
        int at = _path.FindLastIndex(s => s.Member == attempt.Member);
        _path[at] = new(attempt.Member, word);
        _fallback ??= _path[at].ToString();
    }

    /// <summary>A verdict has fallen.</summary>
    public void Judge(Attempt attempt, string? escalatesTo)
    {
        AnswerJudge judge = attempt.Judge!;
        CascadeVerdict verdict = new()
        {
            Id = _decision.Id,
            Member = attempt.Member,
            Accepted = judge.Verdict == Verdict.Accept,
            Early = judge.IsEarly,
            OutputTokens = judge.OutputTokens,
            AcceptProbability = judge.OwnProbability,
            TargetProbability = judge.TargetProbability,
            EscalatesTo = escalatesTo,
            BeganAt = judge.BeganAt,
            FellAt = judge.FellAt,
        };
        _verdicts.Add(verdict);
        _observer.OnJudged(verdict);
    }

    /// <summary>How it went.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="delivered">The attempt that was delivered; null if none was.</param>
    public CascadeOutcome ToOutcome(RequestEnd end, Attempt? delivered)
    {
        // The passes that ended, in order, the delivered one last.
        IEnumerable<Attempt> others = _attempts.Where(a => a != delivered);
        Attempt? judged = _attempts.FindLast(a => a.Judge?.OwnProbability is not null);
        bool isBudgetOver = end == RequestEnd.BudgetExhausted;
        return new()
        {
            Decision = _decision,
            End = end,
            Member = (delivered ?? _attempts[^1]).Member,
            Path = [.. _path],
            Passes = [.. (delivered is null ? others : others.Append(delivered)).Select(a => a.ToPass()).OfType<CascadePass>()],
            CacheSalt = _request.CacheSalt,
            Verdicts = [.. _verdicts],
            Escalated = delivered is not null && _attempts.TakeWhile(a => a != delivered).Any(a => a.End == AttemptEnd.Rejected && a.Member != delivered.Member),
            AcceptProbability = judged?.Judge!.OwnProbability,
            TargetProbability = judged?.Judge!.TargetProbability,
            Guarantee = isBudgetOver ? _decision.Guarantee.Without("budget")
                : _fallback is not null ? _decision.Guarantee.Without("fallback")
                : _decision.Guarantee,
            DraftTokensOffered = _attempts.Sum(a => a.DraftTokens),
            DraftTokensReused = _attempts.Sum(a => a.Result?.Draft?.Reused ?? 0),
            FallbackReason = _fallback,
            HeldFor = delivered?.HeldFor ?? TimeSpan.Zero,
            ReceivedAt = _request.ReceivedAt,
            AdmittedAt = _request.AdmittedAt,
            PlacedAt = _request.PlacedAt,
            Duration = System.Diagnostics.Stopwatch.GetElapsedTime(_request.ReceivedAt),
        };
    }
}

/// <summary>Tells an observer, whose faults are logged and end no request.</summary>
internal sealed class GuardedObserver(ICascadeObserver observer, ILogger logger) : ICascadeObserver
{
    /// <inheritdoc/>
    public bool KeepsText => observer.KeepsText;

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision) => Tell(() => observer.OnDecided(decision), decision.Id);

    /// <inheritdoc/>
    public void OnJudged(CascadeVerdict verdict) => Tell(() => observer.OnJudged(verdict), verdict.Id);

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome) => Tell(() => observer.OnCompleted(outcome), outcome.Decision.Id);

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end) => Tell(() => observer.OnShadowed(outcome, end), outcome.Decision.Id);

    private void Tell(Action tell, string id)
    {
        try
        {
            tell();
        }
        catch (Exception e)
        {
            logger.LogError(e, "What watches requests failed on request {Id} for a fault of this program", id);
        }
    }
}
