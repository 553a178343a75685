using System.Globalization;

using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Board;

/// <summary>Five published models: cuts of 65 % for fitting and 35 % for judging, paired with the plain rule.</summary>
internal static class ChainSteps
{
    public const double Keep = 0.99;

    private const double FitShare = 0.65;

    public static Task<BoardLabels> ReadAsync(BoardContext context, string name) => context.EmbedAsync(
        name, [.. LabelSet.Read(Path.Combine(context.Data, "model-chains", $"{name}.jsonl.gz"), new() { WithSignals = true }).Rows]);

    public static async Task<StepResult> RunAsync(BoardContext context, string name, double? goalKept, double? goalCost)
    {
        BoardLabels labels = await ReadAsync(context, name);
        List<Cut> cuts = [];
        for (int seed = 0; seed < context.Cuts; seed++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            cuts.Add(Measure(labels, (ulong)seed, context.CancellationToken));
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"  cut {seed}: kept {cuts[^1].Kept:0.000} at {cuts[^1].Cost:0.000}; plain {cuts[^1].PlainKept:0.000} at {cuts[^1].PlainCost:0.000}"));
        }

        return new() { Rows = { ["judges"] = Judges(cuts), ["kept"] = Kept(cuts, goalKept, goalCost) } };
    }

    private static Cut Measure(BoardLabels labels, ulong seed, CancellationToken cancellationToken)
    {
        int[] order = SeededOrder.Of(labels.Table.Texts.Count, seed);
        HashSet<int> fitted = [.. order.Take((int)(FitShare * order.Length))];
        (BoardLabels train, BoardLabels test) = labels.Split(fitted.Contains);
        CascadeFitOptions options = new()
        {
            StageOne = new() { Routing = new() { Metric = CostMetric.Cost }, Seed = seed },
            Guarantee = new(GuaranteeKind.None, Keep),
        };
        CascadeFit fit = CascadeFit.Of(CascadeLabels.All(train.Embedded), options, null, cancellationToken);
        Policy policy = CascadePolicy.Of(fit, labels.Embedder, train.Set);
        // A policy keeps the judges that it uses; all of them are measured.
        Policy all = policy with
        {
            Escalation = policy.Escalation! with { Judges = [.. fit.Judged.Select(j => j?.Fit.Judge)], Projection = fit.Projection },
        };
        RecordedRequests requests = RecordedRequests.Of(test.Set, [.. policy.Members.Select(m => m.Name)], labels.Name);
        EvaluationReport report = EvaluationReport.Of(all, requests, test.Of(requests.Texts), new() { Draws = 1 }, cancellationToken);
        PolicyReport cascade = report.Policies.Single(p => p.Kind == "cascade");
        CurveModels trained = CurveModels.Of(RecordedRequests.Of(train.Set, requests.Members, labels.Name), CostMetric.Cost, labels.Name);
        CurveModels tested = CurveModels.Of(requests, CostMetric.Cost, labels.Name);
        PointOutcomes plain = Plain(trained, tested);
        double strongest = tested.Accuracies[trained.Strong];
        Dictionary<string, double> bare = test.Rows.GroupBy(row => row.Model).ToDictionary(
            rows => rows.Key,
            rows => Ranking.Auroc([.. rows.Select(row => (double)row.Confidence!.Value)], [.. rows.Select(row => row.Correct)])!.Value);
        return new(
            cascade.Accuracy / strongest,
            cascade.Cost!.Value / tested.Costs![trained.Strong],
            plain.Correct.Average() / strongest,
            plain.Cost.Average() / tested.Costs[trained.Strong],
            report.Judges.Where(j => j.Auroc is not null).ToDictionary(j => j.Member, j => (j.Auroc!.Value, bare[j.Member])));
    }

    // Path and threshold on the bare confidence that keep the share on the one part at the least cost, applied to the other.
    private static PointOutcomes Plain(CurveModels train, CurveModels test)
    {
        ConfidenceCascade cascade = new(train, ConfidenceCascade.Judged(train), seed: 0);
        int[] all = [.. Enumerable.Range(0, train.N)];
        ConfidenceCascade.Rule[] rules = [.. cascade.Rules(all), new([train.Strong], [], 0)];
        double[][] sums = [.. rules.AsParallel().AsOrdered().Select(rule => cascade.Sums(rule, all))];
        ConfidenceCascade.Rule best = rules.Zip(sums).Where(r => r.Second[0] >= Keep * train.Accuracies[train.Strong]).MinBy(r => r.Second[1]).First;
        return PointOutcomes.Of(test.N, i => best.Apply(test, i));
    }

    private static Reached Judges(List<Cut> cuts)
    {
        var members = cuts.SelectMany(cut => cut.Judges).GroupBy(judge => judge.Key)
            .Select(g => (Name: g.Key, Judge: g.Average(j => j.Value.Judge), Bare: g.Average(j => j.Value.Bare), N: g.Count())).ToArray();
        string text = string.Join("; ", members.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Name} {m.Judge:0.000} against {m.Bare:0.000}")));
        bool must = members.All(m => m.Judge >= m.Bare - 0.005);
        return Reached.Of($"{text} ({cuts.Count} cuts)", must, must && members.Average(m => m.Judge - m.Bare) >= 0.02);
    }

    private static Reached Kept(List<Cut> cuts, double? goalKept, double? goalCost)
    {
        (double kept, double cost) = (cuts.Average(c => c.Kept), cuts.Average(c => c.Cost));
        (double plainKept, double plainCost) = (cuts.Average(c => c.PlainKept), cuts.Average(c => c.PlainCost));
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"kept {kept:0.000} ± {Deviation(cuts.Select(c => c.Kept)):0.000} at {cost:0.000} ± {Deviation(cuts.Select(c => c.Cost)):0.000}; the plain rule on the same cuts {plainKept:0.000} at {plainCost:0.000} ({cuts.Count} cuts)");
        bool must = goalKept is null
            ? kept >= 0.985
            : kept >= plainKept - 0.002 && cost <= plainCost + 0.01;
        return Reached.Of(text, must, kept >= (goalKept ?? Keep) && cost <= (goalCost ?? 0.85));
    }

    private static double Deviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return all.Length < 2 ? 0 : Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / (all.Length - 1));
    }

    private sealed record Cut(double Kept, double Cost, double PlainKept, double PlainCost, Dictionary<string, (double Judge, double Bare)> Judges);
}
