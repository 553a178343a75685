using System.Globalization;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// Stage 2 of a policy with a new member, from the probe that it was measured by: a judge of its answers, and where it is asked first. What
/// was fitted to the other members stays.
/// </summary>
/// <param name="Policy">The policy with the new member.</param>
/// <param name="Judge">The judge of its answers, and how good it is; null where there is no Stage 2 to join.</param>
/// <param name="AskedFirst">In how many clusters it is asked first.</param>
/// <param name="Notices">Sentences for the user.</param>
public sealed record MemberJudging(Policy Policy, JudgeFit? Judge, int AskedFirst, IReadOnlyList<string> Notices)
{
    private const int QueryDimensions = 16;

    /// <summary>Fits.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="routing">What <see cref="MemberProbe.Fit"/> made of the same rows.</param>
    /// <param name="member">The new member.</param>
    /// <param name="rows">The probe: rows of the new member with their signals; those of the target on the same questions, if any, are used.</param>
    /// <param name="vectors">The vector of each prompt, by the policy's embedder.</param>
    /// <param name="seed">Decides folds and first weights.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static MemberJudging Of(
        Policy policy,
        StageOneFit routing,
        PolicyMember member,
        IReadOnlyList<LabelRow> rows,
        IReadOnlyDictionary<string, float[]> vectors,
        ulong seed = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(routing);
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(vectors);
        string name = member.Name;
        LabelRow[] own = [.. rows.Where(row => row.Model == name)];
        Policy routed = MemberProbe.Apply(policy, routing, member, own, PointSet.Of([.. own.Select(row => vectors[row.Prompt])]));
        int prompts = own.Select(row => row.Prompt).Distinct().Count();
        string[] ofRouting =
        [
            .. prompts >= Policy.FewestOfKind ? [] : (string[])[$"{name} has labels of {prompts} of the {Policy.FewestOfKind} prompts that are needed: where it answers is mostly chance"],
            .. policy.Forecast?.Routing is null || routed.Forecast?.Routing is not null ? [] : (string[])[
                $"queries go by their cluster until fit --labels of all members: with {name} the price of their own forecast may not keep the budget"],
        ];
        if (policy.Escalation is not { } stage)
            return new(routed, null, 0, ofRouting);
        if (routed.Members.Count == policy.Members.Count)
        {
            return new(routed, null, 0, [
                .. ofRouting,
                $"Stage 2 of the policy was fitted to other answers of {name} and is left out; fit --labels of all members brings it back"]);
        }

        JudgedTable table = Table(policy, stage, routing, name, rows, vectors);
        QueryProjection projection = stage.Projection ?? QueryProjectionFit.Of(table.Vectors, QueryDimensions);
        (AnswerFeatures features, IReadOnlyList<string> lacks) = new MemberAnswers(table, 0, projection).Read(cancellationToken);
        JudgeFit judge = JudgeTrainer.Train(table.Questions, features, 0, 1, new() { Seed = seed });
        bool isPriced = table.Questions.Fit.Any(q => table.Questions.Questions[q].IsPriced(policy.Options.Metric));
        (CascadeAction?[] actions, EarlyRule rule) = judge.Scores is null || !isPriced
            ? (new CascadeAction?[stage.Actions.Count], EarlyRule.None)
            : Plan(policy, stage, routing.Statistics, table.Questions, judge.Scores);

        int added = policy.Members.Count;
        int first = actions.Count(action => action is not null);
        CascadeAction[] paths = [.. stage.Actions.Zip(actions, (old, action) => action ?? old)];
        bool isGated = paths.Any(action => action.IsGated && action.Start == added);
        return new(
            routed with
            {
                Assignment = [.. paths.Select(action => action.Start)],
                DefaultMember = policy.DefaultMember,
                Escalation = stage with
                {
                    Actions = paths,
                    Judges = [.. stage.Judges, isGated ? judge.Judge : null],
                    EarlyRules = [.. stage.EarlyRules, isGated ? rule : EarlyRule.None],
                    AcceptedShares = [.. stage.AcceptedShares, null],
                    Projection = isGated ? projection : stage.Projection,
                    // Its losses were not counted on questions for certifying.
                    Guarantee = first > 0 && stage.Guarantee is { } promised ? promised with { Kind = GuaranteeKind.None } : stage.Guarantee,
                    Expected = first > 0 ? null : stage.Expected,
                },
            },
            judge,
            first,
            [
                .. ofRouting,
                .. lacks,
                .. judge.Notices,
                .. isPriced ? [] : (string[])[$"no question has the {policy.Options.Metric.Field()} of both {name} and {policy.Members[stage.Target].Name}: where {name} would pay is not known"],
                string.Create(CultureInfo.InvariantCulture, $"{name} is asked first in {first} of {paths.Length} clusters"),
                .. first > 0 && stage.Guarantee is { Kind: not GuaranteeKind.None } ? [$"nothing is promised with {name}; fit --labels of all members certifies again"] : Array.Empty<string>(),
            ]);
    }

    // The new member, and the target: as the probe has it, else as it was measured in the cluster. What either costs is what was stated of
    // it, else what the row has; of the target's rows without any what was measured in the cluster.
    private static JudgedTable Table(
        Policy policy, EscalationPolicy stage, StageOneFit routing, string name, IReadOnlyList<LabelRow> rows, IReadOnlyDictionary<string, float[]> vectors)
    {
        string target = policy.Members[stage.Target].Name;
        CostMetric metric = policy.Options.Metric;
        LabelRow[] own = [.. rows.Where(row => row.Model == name)];
        LabelRow[] theirs = [.. rows.Where(row => row.Model == target).Select(row =>
            row.Under(metric) is null && vectors.TryGetValue(row.Prompt, out float[]? vector)
                && Figure(policy.Statistics.Models[stage.Target].Cost(metric), policy, policy.Centroids.Nearest(vector)) is { } cost
                ? row.At(metric, cost)
                : row)];
        bool hasTarget = own.Select(row => row.Id).ToHashSet().IsSubsetOf(theirs.Select(row => row.Id).ToHashSet());
        ModelStatistics measured = policy.Statistics.Models[stage.Target];
        IEnumerable<LabelRow> expected = own.Select(row =>
        {
            int cluster = policy.Centroids.Nearest(vectors[row.Prompt]);
            return new LabelRow
            {
                Id = row.Id, Prompt = row.Prompt, Model = target, Run = row.Run, Kind = row.Kind, Correct = 1 - measured.Errors[cluster],
                OutputTokens = Math.Max(2, (int)Math.Round(measured.OutputTokens.ElementAtOrDefault(cluster) ?? JudgedTable.TokensOf(row))),
                TpotMs = Figure(measured.Tpot, policy, cluster), E2elMs = Figure(measured.E2el, policy, cluster), CostUsd = Figure(measured.Price, policy, cluster),
            };
        });
        QuestionTable table = QuestionTable.Of(new LabelSet([.. own, .. hasTarget ? theirs : expected], null, []), name);
        return JudgedTable.Of(
            CascadeLabels.All(new(table, PointSet.Of([.. table.Texts.Select(text => vectors[text])]))),
            policy.Centroids,
            new()
            {
                Routing = policy.Options,
                StatedCosts = routing.Statistics.Models.Where(model => model.Cost(metric).Stated is not null)
                    .ToDictionary(model => model.Name, model => model.Cost(metric).Stated!.Value),
            });
    }

    /// <summary>
    /// Per cluster what is done where the member is asked first, null where it is not: where it keeps, on questions left out, what the plan
    /// leaves of the share, and costs less than what the path behind it saves at least.
    /// </summary>
    private static (CascadeAction?[] Actions, EarlyRule Rule) Plan(
        Policy policy, EscalationPolicy stage, PoolStatistics statistics, JudgedQuestions questions, GateScores scores)
    {
        int added = policy.Members.Count;
        CostMetric metric = policy.Options.Metric;
        // What the plan loses already is not to be lost twice.
        double kept = stage.Expected is { StrongestAccuracy: > 0 } expected ? Math.Min(1, expected.Accuracy / expected.StrongestAccuracy) : 1;
        double keep = stage.Guarantee is { } asked ? Math.Min(1, asked.Keep / kept) : 1;
        JointResult fitted = PlanFit.Fit(questions, [scores, null], new() { Metric = metric, Guarantee = new(GuaranteeKind.None, keep), Target = 1 });
        PlanReplay replay = new(questions, [scores, null], fitted.Plan.EarlyRules);
        CascadeAction?[] actions = [.. stage.Actions.Select((old, cluster) =>
        {
            CascadeAction pair = fitted.Plan.Actions[cluster];
            int[] priced = [.. questions.Fit.Where(q => questions.Questions[q].Cluster == cluster && questions.Questions[q].IsPriced(metric))];
            if (pair.Start != 0 || priced.Length == 0 || (pair.IsGated && old.Target != stage.Target))
                return null;
            // Of a path no more is known than that its first member is asked; with the answers of the target beside these, what that one costs.
            double first = Cost(statistics, policy, old.Start, cluster, metric) / Cost(statistics, policy, stage.Target, cluster, metric);
            (double spent, double saved) = (0, 0);
            foreach (int q in priced)
            {
                Delivery delivery = replay.Deliver(q, pair);
                double target = questions.Questions[q].Cost(1, metric);
                spent += delivery.Model == 0 ? delivery.Charge(metric) : delivery.Charge(metric) - target;
                saved += delivery.Model == 0 ? first * target : 0;
            }

            return !(spent < saved) ? null
                : pair.IsGated ? new CascadeAction([added, .. old.Path], [pair.Thresholds[0], .. old.Thresholds])
                : CascadeAction.Direct(added);
        })];
        return (actions, fitted.Plan.EarlyRules[0]);
    }

    private static double Cost(PoolStatistics statistics, Policy policy, int member, int cluster, CostMetric metric) => Figure(
        metric switch
        {
            CostMetric.Tpot => statistics.Models[member].Tpot,
            CostMetric.E2el => statistics.Models[member].E2el,
            _ => statistics.Models[member].Price,
        },
        policy,
        cluster) ?? double.NaN;

    private static double? Figure(MeasuredCost cost, Policy policy, int cluster) => cost.InCluster(cluster) ?? cost.PoolFigure(policy.Statistics.Clusters);
}
