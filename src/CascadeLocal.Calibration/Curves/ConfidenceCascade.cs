using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// The plainest cascade: an answer is delivered if its bare confidence is high enough, else the next model is asked. With two models the
/// confidence is the score as it is. With more, paths and a threshold common to all rungs, on confidences that Platt's curve makes
/// comparable, are chosen for every price of cost on four fifths of the questions and judged on the fifth that is left.
/// </summary>
internal sealed class ConfidenceCascade
{
    private const int Folds = 5;
    private const int Thresholds = 24;
    private const int MostPathModels = 4;

    // Prices, as shares of the gap in accuracy that the way from the weak model's cost to the strong one's may cost.
    private static readonly double[] Prices = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.5, 2, 3, 5];

    private readonly CurveModels _models;
    private readonly int[] _folds;
    private readonly int[][] _paths;

    /// <param name="models">Of what questions.</param>
    /// <param name="judged">As <see cref="Judged"/> gives them.</param>
    /// <param name="seed">Decides the folds.</param>
    public ConfidenceCascade(CurveModels models, int[] judged, ulong seed)
    {
        _models = models;
        var all = models.Requests.All;
        _folds = Heads.Folds.Of([.. all.Select(r => r.Text)], [.. all.Select(r => r.Answers[models.Strong].Correct)], Folds, seed);
        _paths = [.. Paths(judged, models)];
    }

    /// <summary>The curve; null where the weak model's answers have no confidence.</summary>
    public static TradeOff? Of(CurveModels models, ulong seed)
    {
        const string Name = "bare confidence";
        int[] judged = Judged(models);
        if (!judged.Contains(models.Weak))
            return null;
        if (models.Count == 2)
        {
            return TradeOff.OfScore(
                Name,
                CurveKind.ConfidenceCascade,
                [.. models.Requests.All.Select(r => -(double)r.Answers[models.Weak].Confidence)],
                seed,
                i => models.Alone(i, models.Weak),
                i => models.InTurn(i, [models.Weak, models.Strong]));
        }

        return new(Name, CurveKind.ConfidenceCascade, new ConfidenceCascade(models, judged, seed).Points());
    }

    /// <summary>The models whose answers may be dropped, by growing cost.</summary>
    public static int[] Judged(CurveModels models)
    {
        double[] costs = models.RelativeCosts;
        return [.. Enumerable.Range(0, models.Count)
            .Where(m => m != models.Strong && costs[m] < 1 && models.Requests.All.All(r => float.IsFinite(r.Answers[m].Confidence)))
            .OrderBy(m => costs[m])];
    }

    private static IEnumerable<int[]> Paths(int[] judged, CurveModels models)
    {
        for (int set = 1; set < 1 << judged.Length; set++)
        {
            int[] path = [.. judged.Where((_, i) => (set >> i & 1) == 1)];
            if (path.Length < MostPathModels)
                yield return [.. path, models.Strong];
            if (path.Length <= MostPathModels)
                yield return path;
        }
    }

    private PointOutcomes[] Points()
    {
        double gap = _models.Accuracies[_models.Strong] - _models.Accuracies[_models.Weak];
        RequestOutcome[][] points = [.. Prices.Select(_ => new RequestOutcome[_models.N])];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] train = Where(f => f != fold);
            int[] test = Where(f => f == fold);
            Rule[] rules = [.. Rules(train)];
            // One pass over all rules: what each gives in training decides, and is not kept.
            double[][] sums = [.. rules.AsParallel().AsOrdered().Select(rule => Sums(rule, train))];
            for (int p = 0; p < Prices.Length; p++)
            {
                double price = Prices[p] * gap;
                Rule best = rules[Enumerable.Range(0, rules.Length).MaxBy(r => sums[r][0] - price * sums[r][1])];
                foreach (int i in test)
                    points[p][i] = best.Apply(_models, i);
            }
        }

        return [.. points.Select(p => PointOutcomes.Of(_models.N, i => p[i])),
            PointOutcomes.Of(_models.N, i => _models.Alone(i, _models.Weak)),
            PointOutcomes.Of(_models.N, i => _models.Alone(i, _models.Strong))];
    }

    private int[] Where(Func<int, bool> fold) => [.. Enumerable.Range(0, _folds.Length).Where(i => fold(_folds[i]))];

    /// <summary>All that may be chosen, fitted to some of the questions.</summary>
    public IEnumerable<Rule> Rules(int[] train)
    {
        ScoreCalibration[] curves = [.. Enumerable.Range(0, _models.Count).Select(m => Calibrate(m, train))];
        foreach (int[] path in _paths)
        {
            if (path.Length == 1)
            {
                yield return new(path, curves, 0);
                continue;
            }

            double[] levels = [.. train.SelectMany(i => path.SkipLast(1).Select(m => Chance(curves, m, i))).Order()];
            for (int t = 1; t < Thresholds; t++)
                yield return new(path, curves, levels[(int)((double)t / Thresholds * (levels.Length - 1))]);
        }
    }

    private PlattCalibration Calibrate(int model, int[] train)
    {
        double[] scores = [.. train.Select(i => (double)_models.Requests.All[i].Answers[model].Confidence)];
        return scores.All(double.IsFinite)
            ? CalibrationFit.Platt(scores, [.. train.Select(i => _models.Requests.All[i].Answers[model].Correct)])
            : PlattCalibration.Identity;
    }

    private double Chance(ScoreCalibration[] curves, int model, int request) => curves[model].Apply(_models.Requests.All[request].Answers[model].Confidence);

    /// <summary>Mean correctness, and mean cost as a share of the way; without costs, calls of the strong model.</summary>
    public double[] Sums(Rule rule, int[] among)
    {
        (double correct, double cost, int priced) = (0, 0, 0);
        foreach (int i in among)
        {
            RequestOutcome outcome = rule.Apply(_models, i);
            correct += outcome.Correct;
            double own = _models.Costs is null ? outcome.Strong : outcome.Cost;
            (cost, priced) = double.IsFinite(own) ? (cost + own, priced + 1) : (cost, priced);
        }

        double mean = cost / priced;
        return [correct / among.Length, _models.Costs is { } costs ? (mean - costs[_models.Weak]) / (costs[_models.Strong] - costs[_models.Weak]) : mean];
    }

    /// <summary>A path with its threshold.</summary>
    public sealed record Rule(int[] Path, ScoreCalibration[] Curves, double Threshold)
    {
        /// <summary>What it makes of a request.</summary>
        public RequestOutcome Apply(CurveModels models, int request)
        {
            int last = 0;
            while (last < Path.Length - 1 && Curves[Path[last]].Apply(models.Requests.All[request].Answers[Path[last]].Confidence) < Threshold)
                last++;
            return models.InTurn(request, Path[..(last + 1)]);
        }
    }
}
