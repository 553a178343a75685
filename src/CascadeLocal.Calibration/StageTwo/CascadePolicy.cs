using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Makes a policy of a fitted cascade.</summary>
public static class CascadePolicy
{
    /// <summary>The policy, with Stage 2.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="embedder">Whose vectors were clustered.</param>
    /// <param name="labels">What it was fitted to.</param>
    public static Policy Of(CascadeFit fit, PolicyEmbedder embedder, LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(fit);
        int[] starts = [.. fit.Result.Plan.Actions.Select(a => a.Start)];
        return PolicyFactory.Of(fit.StageOne, embedder, labels) with
        {
            Assignment = starts,
            // Where a share is to be kept, nobody is trusted with a query that nothing is known of.
            DefaultMember = fit.Options.Guarantee is not null ? fit.Result.Target : starts.Distinct()
                .OrderByDescending(m => fit.Questions.Accuracy(m, fit.Questions.Fit))
                .ThenBy(m => fit.StageOne.Fit.Costs[m])
                .First(),
            Kinds = fit.Kinds,
            Escalation = Escalation(fit),
        };
    }

    private static EscalationPolicy Escalation(CascadeFit fit)
    {
        CascadePlan plan = fit.Result.Plan;
        int[] members = [.. Enumerable.Range(0, fit.Questions.Models.Count)];
        bool[] used = [.. members.Select(m => plan.Actions.Any(a => a.Path.Take(a.Thresholds.Count).Contains(m)))];
        return new()
        {
            Actions = plan.Actions,
            EarlyRules = [.. members.Select(m => used[m] ? plan.EarlyRules[m] : EarlyRule.None)],
            // One that this plan has no use for stays: reports say how good it is.
            Judges = [.. fit.Judged.Select(judged => judged?.Fit.Judge)],
            Projection = fit.Judged.Any(judged => judged?.Fit.Judge is not null) ? fit.Projection : null,
            Target = fit.Result.Target,
            Guarantee = fit.Options.Guarantee is not { } asked || fit.Result.Certification?.Certified == true
                ? fit.Options.Guarantee
                : asked with { Kind = GuaranteeKind.None },
            Agreements = fit.Agreements.Where(a => used[a.Member] && used[a.Earlier]).ToDictionary(a => (a.Member, a.Earlier), a => a.Agreement),
            AcceptedShares = [.. members.Select(m => used[m] ? AcceptedShare.Of(fit.Table, plan, m, fit.Scores) : null)],
            Expected = fit.Result.Expected is { } expected ? new(
                expected.Questions,
                expected.Accuracy,
                expected.StrongestAccuracy,
                expected.Tpot,
                expected.E2el,
                expected.EscalationRate,
                AcceptProbability(fit))
            {
                Cost = expected.Cost,
            }
            : null,
        };
    }

    // The mean over the verdicts that fall at the end of an answer that its judge did not see.
    private static double? AcceptProbability(CascadeFit fit)
    {
        double[] judged = [.. fit.Shown.SelectMany(q => PassedGate.Along(q, fit.Questions, fit.Result.Plan, fit.Scores)
            .Where(gate => gate.Judged.DecidedAt is null)
            .Select(gate => gate.Scores.OwnAtEnd[q]))];
        return judged.Length == 0 ? null : judged.Average();
    }
}
