using CascadeLocal.Cascade.Passes;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Routing.Judging.EarlyVerdicts;
using CascadeLocal.Routing.Judging.Text;

namespace CascadeLocal.Cascade.Shadows;

/// <summary>
/// Works a decision out beside a request that was answered: its members run, are judged and stopped as if they were served. The
/// member that was served does not run again: its answer is there already. Falls back on nobody.
/// </summary>
/// <param name="starter">Hands the request to members.</param>
/// <param name="decision">What is worked out.</param>
/// <param name="served">The pass that stands for its member's; null for none.</param>
/// <param name="text">The text that was delivered.</param>
internal sealed class ShadowRun(PassStarter starter, CascadeDecision decision, CascadePass? served, string text)
{
    private readonly List<Pass> _asked = [];

    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="Exception">A member refuses or fails, as <see cref="StartFailure"/> knows.</exception>
    public async Task<ShadowOutcome> RunAsync(CancellationToken cancellationToken)
    {
        EscalationPath path = decision.Escalation ?? EscalationPath.Direct(decision.Model);
        try
        {
            for (int rung = 0; path.Rungs[rung].Model != served?.Model; rung++)
            {
                Pass pass = starter.Start(path, rung, _asked.LastOrDefault());
                _asked.Add(pass);
                if (await IsAcceptedAsync(pass, cancellationToken))
                    return Accepted(pass);
            }

            return new(ToOutcome(served!.Model, [served]) with { Answer = text }, true);
        }
        finally
        {
            foreach (Pass pass in _asked)
                pass.Dispose();
        }
    }

    private static async Task<bool> IsAcceptedAsync(Pass pass, CancellationToken cancellationToken)
    {
        try
        {
            while (await pass.MoveNextAsync(cancellationToken))
            {
                if (!pass.IsGated || pass.Verdict == Verdict.Continue)
                    continue;
                if (pass.Verdict == Verdict.Reject)
                {
                    await pass.StopAndFinishAsync();
                    return false;
                }

                pass.Accept();
            }

            pass.Finish();
        }
        finally
        {
            await pass.CloseAsync();
        }

        if (!pass.IsWhole)
            throw new EngineException($"The answer of {pass.Model} was cut.");
        return !pass.IsGated || pass.Verdict == Verdict.Accept;
    }

    private ShadowOutcome Accepted(Pass pass)
    {
        string answer = pass.Open();
        return new(
            ToOutcome(pass.Model, []) with { HeldFor = pass.HeldFor, Answer = answer },
            NormalizedText.Of(answer) == NormalizedText.Of(text));
    }

    private CascadeOutcome ToOutcome(string model, CascadePass[] last)
    {
        Pass? judged = _asked.FindLast(p => p.OwnProbability is not null);
        IEnumerable<string> members = _asked.Select(p => p.Model).Concat(last.Select(p => p.Model));
        return new()
        {
            Decision = decision,
            Model = model,
            Path = [.. decision.Path, .. members.Skip(1).Select(m => new PathStep(m))],
            Passes = [.. _asked.Select(p => new CascadePass(p.Model, p.Result!)), .. last],
            Escalated = _asked.Count + last.Length > 1,
            AcceptProbability = judged?.OwnProbability,
            TargetProbability = judged?.TargetProbability,
            Guarantee = decision.Guarantee,
            DraftTokensOffered = _asked.Sum(p => p.DraftTokens),
            DraftTokensReused = _asked.Sum(p => p.Result?.Draft?.Reused ?? 0),
        };
    }
}
