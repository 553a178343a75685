using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// RouteLLM's cuts of a score: requests are cut into ten equal parts by score, and the strong model takes those at or above each of the
/// eleven edges in turn; at the last edge, those above it.
/// </summary>
internal sealed class ScoreCuts
{
    private const int Parts = 10;

    private readonly double[] _scores;
    private readonly double[] _edges;

    /// <param name="scores">One a request, finite, high where the strong model should answer.</param>
    /// <param name="seed">Decides the order of equal scores where they make two edges equal.</param>
    public ScoreCuts(IReadOnlyList<double> scores, ulong seed)
    {
        (_scores, _edges) = ([.. scores], EdgesOf(scores));
        if (_edges.Distinct().Count() < _edges.Length)
        {
            _scores = Ranks(scores, seed);
            _edges = EdgesOf(_scores);
        }
    }

    /// <summary>How many edges there are.</summary>
    public int Count => _edges.Length;

    /// <summary>Whether the strong model takes a request at an edge.</summary>
    public bool IsStrong(int edge, int request) => edge == Parts ? _scores[request] > _edges[edge] : _scores[request] >= _edges[edge];

    /// <summary>Quantiles by linear interpolation, as pandas' qcut cuts.</summary>
    public static double[] EdgesOf(IReadOnlyList<double> scores)
    {
        double[] sorted = [.. scores.Order()];
        return [.. Enumerable.Range(0, Parts + 1).Select(part => Quantile.Of(sorted, (double)part / Parts))];
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
