using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// RouteLLM's evaluation of a score: questions are cut into ten equal parts by score, and the strong model takes those
/// above each of the eleven edges in turn.
/// </summary>
/// <param name="Points">By growing strong share.</param>
/// <param name="Weak">Accuracy of the weak model alone.</param>
/// <param name="Strong">Accuracy of the strong model alone.</param>
public sealed record RoutingCurve(IReadOnlyList<CurvePoint> Points, double Weak, double Strong)
{
    private const int Parts = 10;

    /// <summary>The curve of a score that is high where the strong model should answer.</summary>
    /// <param name="questions">Which model is right where.</param>
    /// <param name="scores">One a question, finite.</param>
    /// <param name="seed">Decides the order of equal scores where they make two edges equal.</param>
    public static RoutingCurve Of(IReadOnlyList<PairQuestion> questions, IReadOnlyList<double> scores, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(scores);
        if (questions.Count == 0 || questions.Count != scores.Count || !scores.All(double.IsFinite))
            throw new ArgumentException("every question needs one finite score, and there must be a question");
        double[] edges = Edges(scores);
        if (edges.Distinct().Count() < edges.Length)
        {
            scores = Ranks(scores, seed);
            edges = Edges(scores);
        }

        return new(
            [.. edges.Select((edge, index) => PointAt(questions, scores, edge, isLast: index == Parts)).OrderBy(point => point.StrongShare)],
            questions.Average(question => question.WeakRight ? 1.0 : 0),
            questions.Average(question => question.StrongRight ? 1.0 : 0));
    }

    private static CurvePoint PointAt(IReadOnlyList<PairQuestion> questions, IReadOnlyList<double> scores, double edge, bool isLast)
    {
        int strong = 0;
        int right = 0;
        for (int i = 0; i < questions.Count; i++)
        {
            bool isStrong = isLast ? scores[i] > edge : scores[i] >= edge;
            strong += isStrong ? 1 : 0;
            right += (isStrong ? questions[i].StrongRight : questions[i].WeakRight) ? 1 : 0;
        }

        return new((double)strong / questions.Count, (double)right / questions.Count);
    }

    /// <summary>Quantiles by linear interpolation, as pandas' qcut cuts.</summary>
    private static double[] Edges(IReadOnlyList<double> scores)
    {
        double[] sorted = [.. scores.Order()];
        double[] edges = new double[Parts + 1];
        for (int part = 0; part <= Parts; part++)
        {
            double position = (double)part / Parts * (sorted.Length - 1);
            int below = (int)position;
            int above = Math.Min(below + 1, sorted.Length - 1);
            edges[part] = sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
        }

        return edges;
    }

    /// <summary>Scores by their rank, equal ones in an order that the seed decides.</summary>
    private static double[] Ranks(IReadOnlyList<double> scores, ulong seed)
    {
        int[] order = SeededOrder.Of(scores.Count, seed);
        double[] ranks = new double[scores.Count];
        int rank = 0;
        foreach (int index in order.OrderBy(index => scores[index]))
            ranks[index] = rank++;
        return ranks;
    }
}

/// <summary>What one threshold gives.</summary>
/// <param name="StrongShare">The share of questions that go to the strong model, 0 to 1.</param>
/// <param name="Accuracy">The share of all questions that are answered rightly, 0 to 1.</param>
public readonly record struct CurvePoint(double StrongShare, double Accuracy);

/// <summary>Random orders that are the same on every machine and runtime.</summary>
internal static class SeededOrder
{
    /// <summary>0 to <paramref name="count"/> − 1 in the order of a seed.</summary>
    public static int[] Of(int count, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        return order;
    }
}
