using CascadeLocal.Cascade.Routing;
using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Cascade.Passes;

/// <summary>What happened to a request so far.</summary>
internal sealed class RunRecord
{
    private readonly CascadeDecision _decision;
    private readonly ICascadeObserver _observer;
    private readonly List<PathStep> _path;
    private readonly List<Pass> _passes = [];
    private readonly List<CascadeVerdict> _verdicts = [];
    private string? _fallback;

    public RunRecord(CascadeDecision decision, Pass first, ICascadeObserver observer)
    {
        (_decision, _observer) = (decision, observer);
        _path = [.. decision.Path];
        _passes.Add(first);
        _fallback = decision.Reason == RoutingReason.Fallback ? decision.Path[0].ToString() : null;
    }

    /// <summary>Whether the budget ended the request.</summary>
    public bool IsBudgetExhausted { get; set; }

    /// <summary>Whether a stronger member answered after a rejection.</summary>
    public bool IsEscalated { get; set; }

    /// <summary>The member that works on it.</summary>
    public string Model => _passes[^1].Model;

    /// <summary>A member has begun to work on it.</summary>
    public void Enter(Pass pass)
    {
        _path.Add(new(pass.Model));
        _passes.Add(pass);
    }

    /// <summary>A member that should have worked on it did not.</summary>
    public void Skip(string model, string word)
    {
        PathStep step = new(model, word);
        _path.Add(step);
        _fallback ??= step.ToString();
    }

    /// <summary>The member that works on it has failed.</summary>
    public void Fail()
    {
        int at = _path.FindLastIndex(s => s.Model == Model);
        _path[at] = new(Model, StartFailure.Failed);
        _fallback ??= _path[at].ToString();
    }

    /// <summary>A verdict has fallen.</summary>
    public void Judge(Pass pass, string? escalatesTo)
    {
        CascadeVerdict verdict = new()
        {
            Id = _decision.Id,
            Model = pass.Model,
            Accepted = pass.Verdict == Verdict.Accept,
            Early = pass.IsEarly,
            OutputTokens = pass.Count,
            AcceptProbability = pass.OwnProbability,
            TargetProbability = pass.TargetProbability,
            EscalatesTo = escalatesTo,
        };
        _verdicts.Add(verdict);
        _observer.OnJudged(verdict);
    }

    /// <summary>How it went.</summary>
    /// <param name="delivered">The pass that was delivered; null if none was.</param>
    public CascadeOutcome ToOutcome(Pass? delivered)
    {
        // The passes that ended, in order, the delivered one last.
        IEnumerable<Pass> ended = _passes.Where(p => p.Result is not null && p != delivered);
        Pass[] passes = delivered is null ? [.. ended] : [.. ended, delivered];
        Pass? judged = _passes.FindLast(p => p.OwnProbability is not null);
        return new()
        {
            Decision = _decision,
            Model = (delivered ?? _passes[^1]).Model,
            Path = [.. _path],
            Passes = [.. passes.Select(p => new CascadePass(p.Model, p.Result!))],
            Verdicts = [.. _verdicts],
            Escalated = IsEscalated,
            AcceptProbability = judged?.OwnProbability,
            TargetProbability = judged?.TargetProbability,
            Guarantee = _fallback is null && !IsBudgetExhausted ? _decision.Guarantee : Promise.None,
            DraftTokensOffered = _passes.Sum(p => p.DraftTokens),
            DraftTokensReused = _passes.Sum(p => p.Result?.Draft?.Reused ?? 0),
            FallbackReason = _fallback,
            BudgetExhausted = IsBudgetExhausted,
            HeldFor = delivered?.HeldFor ?? TimeSpan.Zero,
        };
    }
}
