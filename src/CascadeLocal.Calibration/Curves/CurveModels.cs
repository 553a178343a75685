using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Curves;

/// <summary>The models that are traded between, with what their answers are worth and cost.</summary>
internal sealed class CurveModels
{
    private CurveModels(RecordedRequests requests, CostMetric? metric, int weak, int strong, double[] accuracies, double[]? costs) =>
        (Requests, Metric, Weak, Strong, Accuracies, Costs) = (requests, metric, weak, strong, accuracies, costs);

    /// <summary>The requests.</summary>
    public RecordedRequests Requests { get; }

    /// <summary>What a cost is; null where nothing has one.</summary>
    public CostMetric? Metric { get; }

    /// <summary>The cheapest model; without costs the least accurate.</summary>
    public int Weak { get; }

    /// <summary>The most accurate model; of equal ones the cheaper.</summary>
    public int Strong { get; }

    /// <summary>Of each model alone.</summary>
    public IReadOnlyList<double> Accuracies { get; }

    /// <summary>Of each model alone, over the requests that all price; null where nothing has a cost.</summary>
    public IReadOnlyList<double>? Costs { get; }

    /// <summary>How many models there are.</summary>
    public int Count => Accuracies.Count;

    /// <summary>How many requests.</summary>
    public int N => Requests.All.Count;

    /// <summary>
    /// How far each model is from the weak one's cost to the strong one's; without costs only the strong one costs anything. Models at 1 or
    /// beyond, but for the strong one, are dearer without being more accurate.
    /// </summary>
    public double[] RelativeCosts => [.. Enumerable.Range(0, Count).Select(m => m == Strong ? 1
        : Costs is { } costs ? (costs[m] - costs[Weak]) / (costs[Strong] - costs[Weak]) : 0)];

    /// <exception cref="DataFileException">There is nothing to trade.</exception>
    public static CurveModels Of(RecordedRequests requests, CostMetric? metric, string source)
    {
        if (requests.Texts.Count < RouterCurve.Folds)
            throw new DataFileException(source, null, "prompt", $"a curve needs {RouterCurve.Folds} different prompts or more, there are {requests.Texts.Count}");
        int[] models = [.. Enumerable.Range(0, requests.Members.Count)];
        double[] accuracies = [.. models.Select(m => requests.All.Average(request => request.Answers[m].Correct))];
        double[]? costs = metric is { } priced ? MeanCosts(requests, priced) : null;
        int strong = models.OrderByDescending(m => accuracies[m]).ThenBy(m => costs?[m] ?? 0).ThenBy(m => requests.Members[m], StringComparer.Ordinal).First();
        int weak = costs is null ? models.MinBy(m => accuracies[m]) : models.OrderBy(m => costs[m]).ThenByDescending(m => accuracies[m]).First();
        if (weak == strong || accuracies[weak] >= accuracies[strong] || (costs is not null && costs[weak] >= costs[strong]))
        {
            throw new DataFileException(source, null, "model", models.Length < 2
                ? "a curve needs two models or more"
                : $"{requests.Members[strong]} is the most accurate model and none is cheaper: there is nothing to trade");
        }

        return new(requests, metric, weak, strong, accuracies, costs);
    }

    /// <summary>What a single answer is worth and costs.</summary>
    public RequestOutcome Alone(int request, int model)
    {
        RecordedAnswer answer = Requests.All[request].Answers[model];
        return new(answer.Correct, model == Strong ? 1 : 0, CostOf(ServedRequest.By(answer)));
    }

    /// <summary>The same of answers that were asked for in turn, of which the last is delivered.</summary>
    public RequestOutcome InTurn(int request, IReadOnlyList<int> path)
    {
        RecordedAnswer[] answers = [.. path.Select(model => Requests.All[request].Answers[model])];
        AnswerPass[] passes = [.. answers.Select(answer => answer.Pass)];
        return new(answers[^1].Correct, path.Contains(Strong) ? 1 : 0, CostOf(ServedRequest.Of(passes, answers[^1], double.NaN)));
    }

    /// <summary>A request as it was served.</summary>
    public RequestOutcome Served(in ServedRequest served, int request) =>
        new(served.Correct, ReferenceEquals(served.Delivered, Requests.All[request].Answers[Strong]) ? 1 : 0, CostOf(served));

    private double CostOf(in ServedRequest served) => Metric is { } metric ? served.Under(metric) : double.NaN;

    private static double[]? MeanCosts(RecordedRequests requests, CostMetric metric)
    {
        RecordedRequest[] priced = [.. requests.All.Where(request => request.Answers.All(answer => double.IsFinite(answer.Under(metric))))];
        return priced.Length == 0 ? null : [.. requests.Members.Select((_, m) => priced.Average(request => request.Answers[m].Under(metric)))];
    }
}
