using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>Turns Stage 2 of a policy into what its two files hold.</summary>
internal static class EscalationPartWriter
{
    /// <summary>The names of the projection's tensors begin with this.</summary>
    public const string ProjectionPrefix = "stage2.query.";

    /// <summary>The names of the tensors of a member's judge begin with this.</summary>
    public static string JudgePrefix(int member) => FormattableString.Invariant($"stage2.{member}.");

    /// <summary>All tensors of Stage 2; none without it.</summary>
    public static IEnumerable<NamedTensor> Tensors(EscalationPolicy? escalation) => escalation is null ? [] :
    [
        .. escalation.Projection?.ToTensors(ProjectionPrefix) ?? [],
        .. escalation.Judges.SelectMany((judge, m) => judge?.ToTensors(JudgePrefix(m)) ?? []),
    ];

    /// <exception cref="PolicyException">The parts of Stage 2 differ in number, or name what is not there.</exception>
    public static EscalationPart Write(Policy policy, EscalationPolicy escalation)
    {
        int members = policy.Members.Count;
        int clusters = policy.Statistics.Clusters.Count;
        Check(escalation.Actions.Count == clusters, "actions", "has not one action for each cluster");
        Check(
            escalation.Actions.All(a => a.Path.Append(escalation.Target).All(m => m >= 0 && m < members)),
            "actions",
            "name a member that is not there");
        Check(escalation.Judges.Count == members, "judges", "are not one, or null, for each member");
        Check(escalation.EarlyRules.Count == members, "early_rules", "are not one for each member");
        Check(escalation.AcceptedShares.Count == members, "accepted_shares", "are not one, or null, for each member");
        Check(
            escalation.Actions.All(a => !a.Thresholds.Any(double.IsNegativeInfinity)),
            "actions",
            "have a threshold of −∞; to ask the target at once is another path");
        Check(
            escalation.EarlyRules.All(r => !r.Accept.Any(double.IsPositiveInfinity) && !r.Reject.Any(double.IsNegativeInfinity)),
            "early_rules",
            "accept or reject everything");
        ITextFeatures[] texts = [.. escalation.Judges.Select(j => j?.Layout.Text).OfType<ITextFeatures>()];
        Check(texts.All(t => t.Name == texts[0].Name), "judges", "take different features of the text");
        Check(
            escalation.Judges.All(j => j is null || j.Layout.Clusters == 0 || j.Layout.Clusters == clusters),
            "judges",
            "tell other clusters apart than there are");
        Check(
            escalation.Judges.All(j => j is null || j.Layout.QueryDimensions == 0 || j.Layout.QueryDimensions == escalation.Projection?.Dimensions),
            "judges",
            "see another query than the projection gives");
        Check(
            escalation.Agreements.Keys.All(pair => pair.Member != pair.Earlier && IsJudged(pair.Member) && IsJudged(pair.Earlier)),
            "agreements",
            "are of members whose answers are not judged");
        bool IsJudged(int member) => member >= 0 && member < members && escalation.Judges[member] is not null;
        string Name(int member) => policy.Members[member].Name;
        OrderedDictionary<string, T> ByMember<T>(IEnumerable<T?> values) where T : class =>
            new(values.Select((value, m) => (value, m)).Where(v => v.value is not null).Select(v => KeyValuePair.Create(Name(v.m), v.value!)));
        return new()
        {
            Target = Name(escalation.Target),
            Actions = new(policy.Statistics.Clusters.Zip(escalation.Actions, (cluster, action) => KeyValuePair.Create(
                cluster.Name, new EscalationPart.ActionPart([.. action.Path.Select(Name)], [.. action.Thresholds.Select(Finite)])))),
            Judges = ByMember(escalation.Judges.Select(j => j is null ? null : Judge(j))),
            Agreements = escalation.Agreements.Count == 0 ? null : new(escalation.Agreements.GroupBy(a => a.Key.Member).OrderBy(g => g.Key).Select(
                g => KeyValuePair.Create(Name(g.Key), new OrderedDictionary<string, EscalationPart.AgreementPart>(g.OrderBy(a => a.Key.Earlier).Select(
                    a => KeyValuePair.Create(Name(a.Key.Earlier), Agreement(a.Value))))))),
            EarlyRules = ByMember(escalation.EarlyRules.Select(r => r.Checkpoints.Count == 0 ? null : Rule(r))),
            AcceptedShares = new(escalation.AcceptedShares.Select((share, m) => (share, m))
                .Where(s => s.share is not null)
                .Select(s => KeyValuePair.Create(Name(s.m), s.share!.Value))),
            TextReader = texts.FirstOrDefault()?.Name,
            TextFeatures = texts.FirstOrDefault()?.Features,
            Guarantee = escalation.Guarantee is { } g ? new(PolicyTerms.Of(g.Kind), g.Keep, g.Delta) : null,
            Expected = escalation.Expected is { } e ? Expected(e) : null,
        };
    }

    private static EscalationPart.JudgePart Judge(MemberJudge judge)
    {
        JudgeRecord record = judge.ToRecord();
        return new()
        {
            Signals = record.Signals != SignalSet.None,
            SignalSet = record.Signals is SignalSet.Confidence or SignalSet.LogProbability ? PolicyTerms.Of(record.Signals) : null,
            Cluster = record.Clusters > 0,
            Query = record.QueryDimensions > 0,
            Text = record.Text is not null,
            Checkpoints = record.Checkpoints,
            Own = [.. record.Own.Select(Head)],
            Target = [.. record.Target.Select(Head)],
        };
    }

    private static EscalationPart.AgreementPart Agreement(Agreement agreement) =>
        new() { Own = agreement.Own.Weights, Target = agreement.Target?.Weights };

    private static EscalationPart.HeadPart? Head(HeadRecord? head) =>
        head is null ? null : new(head.Features, head.Hidden, PolicyTerms.Of(head.Calibration));

    private static EscalationPart.EarlyRulePart Rule(EarlyRule rule) =>
        new(rule.Checkpoints, [.. rule.Accept.Select(Finite)], [.. rule.Reject.Select(Finite)]);

    private static EscalationPart.ExpectedPart Expected(PolicyExpectation expected) => new()
    {
        Questions = expected.Questions,
        Accuracy = expected.Accuracy,
        StrongestAccuracy = expected.StrongestAccuracy,
        TpotMs = expected.Tpot,
        E2elMs = expected.E2el,
        Cost = expected.Cost,
        EscalationRate = expected.EscalationRate,
        AcceptProbability = expected.AcceptProbability,
    };

    private static double? Finite(double value) => double.IsInfinity(value) ? null : value;

    private static void Check(bool holds, string field, string problem)
    {
        if (!holds)
            throw new PolicyException(PolicyFolder.DocumentName, $"escalation.{field}", problem);
    }
}
