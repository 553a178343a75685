namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// A way to trade accuracy for calls of the strong model, or for cost: its points, each with what became of every request.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Points">Its settings, in any order; one at least.</param>
internal sealed record TradeOff(string Name, CurveKind Kind, IReadOnlyList<PointOutcomes> Points)
{
    /// <summary>RouteLLM's points of a score on two models, of which one is called.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="scores">One a request, finite, high where the strong model should answer.</param>
    /// <param name="seed">Decides the order of equal scores.</param>
    /// <param name="weak">What becomes of a request that the strong model does not take.</param>
    /// <param name="strong">What becomes of one that it takes.</param>
    public static TradeOff OfScore(
        string name, CurveKind kind, IReadOnlyList<double> scores, ulong seed, Func<int, RequestOutcome> weak, Func<int, RequestOutcome> strong)
    {
        ScoreCuts cuts = new(scores, seed);
        return new(name, kind, [.. Enumerable.Range(0, cuts.Count).Select(edge =>
            PointOutcomes.Of(scores.Count, request => cuts.IsStrong(edge, request) ? strong(request) : weak(request)))]);
    }
}

/// <summary>What became of every request at one setting, in columns.</summary>
/// <param name="Correct">How right the delivered answers are.</param>
/// <param name="Strong">1 where the strong model was asked, else 0.</param>
/// <param name="Cost">What all passes cost; NaN where that is not known.</param>
internal sealed record PointOutcomes(double[] Correct, double[] Strong, double[] Cost)
{
    public static PointOutcomes Of(int requests, Func<int, RequestOutcome> outcome)
    {
        PointOutcomes point = new(new double[requests], new double[requests], new double[requests]);
        for (int i = 0; i < requests; i++)
        {
            RequestOutcome made = outcome(i);
            (point.Correct[i], point.Strong[i], point.Cost[i]) = (made.Correct, made.Strong, made.Cost);
        }

        return point;
    }
}

/// <summary>What became of a request.</summary>
/// <param name="Correct">How right the delivered answer is, 0..1.</param>
/// <param name="Strong">1 where the strong model was asked, else 0.</param>
/// <param name="Cost">What all passes cost; NaN where that is not known.</param>
internal readonly record struct RequestOutcome(double Correct, double Strong, double Cost);

/// <summary>The ways to trade that are compared.</summary>
public enum CurveKind
{
    /// <summary>Lots drawn between single models, whatever is asked.</summary>
    Random,

    /// <summary>Each query goes to one model, by its text alone.</summary>
    QueryRouter,

    /// <summary>The answers of cheaper models are judged by their bare confidence.</summary>
    ConfidenceCascade,

    /// <summary>What the policy knows from queries alone, as a query router.</summary>
    PolicyRouter,

    /// <summary>The policy's judge of its cheapest judged member.</summary>
    PolicyJudge,

    /// <summary>Both answers are known beforehand.</summary>
    Oracle,
}
