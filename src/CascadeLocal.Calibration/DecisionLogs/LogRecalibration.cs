using System.Globalization;

using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Drift;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>
/// Corrects the judges of a policy by what was said of delivered answers. Of an answer that was rejected nothing is ever said, so
/// what is learnt is one number of each member, and nothing is certified by it.
/// </summary>
public static class LogRecalibration
{
    /// <summary>Fewer answers of a member with feedback leave its judge as it is.</summary>
    public const int Fewest = 100;

    /// <summary>So many of them have to be called right, and so many wrong.</summary>
    public const int FewestOfEach = 10;

    /// <summary>A difference that is at least this likely by chance alone changes nothing.</summary>
    public const double Chance = 0.05;

    private const string KeptOff =
        "Thresholds are the same, but other answers are accepted by them now: nothing is promised until fit --labels certifies again.";

    /// <summary>Recalibrates.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="version">Its version; other policies' probabilities say nothing about its judges.</param>
    /// <param name="log">The log.</param>
    /// <returns>The policy, which is the same where nothing was learnt, and what was done.</returns>
    public static (Policy Policy, RecalibrationReport Report) Of(Policy policy, string version, LoggedTraffic log)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(log);
        LoggedRequest[] routed = [.. log.Requests.Where(r => r is { IsDelivered: true, IsRouted: true })];
        LoggedRequest[] own = [.. routed.Where(r => r.Policy == version)];
        List<string> notices = [];
        if (own.Length < routed.Length)
            notices.Add($"{routed.Length - own.Length} requests were decided by other policies than {version} and are left out.");
        if (policy.Escalation is not { } stage)
        {
            notices.Add("The policy judges no answers: there is nothing to recalibrate.");
            return (policy, Report(policy, version, own.Length, [], false, notices));
        }

        MemberJudge?[] judges = [.. stage.Judges];
        List<MemberRecalibration> members = [];
        for (int m = 0; m < judges.Length; m++)
        {
            if (judges[m] is not { } judge)
                continue;
            MemberRecalibration found = OfMember(policy.Members[m].Name, own, log.Feedback);
            members.Add(found);
            if (found.Shift is { } shift)
                judges[m] = judge.WithOwnMoved(new(shift));
        }

        bool changed = members.Any(m => m.Shift is not null);
        if (changed)
        {
            // What was expected was measured with the judges as they were.
            policy = policy with
            {
                Escalation = stage with
                {
                    Judges = judges,
                    Guarantee = stage.Guarantee is { } promise ? promise with { Kind = GuaranteeKind.None } : null,
                    Expected = null,
                },
            };
            notices.Add(KeptOff);
        }

        return (policy, Report(policy, version, own.Length, members, changed, notices));
    }

    private static MemberRecalibration OfMember(string model, LoggedRequest[] requests, IReadOnlyDictionary<string, double> feedback)
    {
        // The judged answer is the delivered one only where nothing was escalated and nobody else stepped in. Of what is unlike all that
        // they were trained on judges are not asked to be right.
        (double Own, double Correct)[] rows = [.. requests
            .Where(r => r is { Escalated: false, FellBack: false, IsNovel: false, Own: > 0 and < 1 } && r.Model == model && feedback.ContainsKey(r.Id))
            .Select(r => (r.Own!.Value, feedback[r.Id]))];
        double[] before = [.. rows.Select(row => row.Own)];
        double[] correct = [.. rows.Select(row => row.Correct)];
        MemberRecalibration found = new()
        {
            Model = model,
            Rows = rows.Length,
            Predicted = rows.Length == 0 ? null : before.Average(),
            Observed = rows.Length == 0 ? null : correct.Average(),
            EceBefore = CalibrationError.Expected(before, correct),
            Note = "",
        };
        double right = correct.Sum();
        if (rows.Length < Fewest)
            return found with { Note = Invariant($"{model}: {rows.Length} judged answers with feedback are too few, {Fewest} are needed; its judge is left as it is.") };
        if (right < FewestOfEach || rows.Length - right < FewestOfEach)
            return found with { Note = Invariant($"{model}: {right:0.#} of {rows.Length} answers were called right; with fewer than {FewestOfEach} right or wrong ones its judge is left as it is.") };
        double variance = before.Sum(p => p * (1 - p)) / ((double)rows.Length * rows.Length);
        double chance = RateTest.Chance(found.Observed!.Value - found.Predicted!.Value, variance);
        if (chance >= Chance)
            return found with { PValue = chance, Note = Invariant($"{model}: {100 * found.Observed:0.0} % of {rows.Length} answers are right and {100 * found.Predicted:0.0} % were predicted, which chance explains; its judge is left as it is.") };
        LogOddsShift shift = CalibrationFit.Shift(before, correct);
        return found with
        {
            PValue = chance,
            Shift = shift.Offset,
            EceAfter = CalibrationError.Expected([.. before.Select(shift.Apply)], correct),
            Note = Invariant($"{model}: {100 * found.Observed:0.0} % of {rows.Length} answers are right, {100 * found.Predicted:0.0} % were predicted; its log-odds are moved by {shift.Offset:+0.00;-0.00;0.00}."),
        };
    }

    private static RecalibrationReport Report(
        Policy policy, string version, int requests, IReadOnlyList<MemberRecalibration> members, bool changed, IReadOnlyList<string> notices) => new()
        {
            Policy = version,
            Requests = requests,
            Members = members,
            Changed = changed,
            Guarantee = PolicyTerms.Of(policy.Escalation?.Guarantee?.Kind ?? GuaranteeKind.None),
            Notices = notices,
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
