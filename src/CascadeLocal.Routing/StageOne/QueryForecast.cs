using System.Globalization;
using System.Numerics.Tensors;

using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.StageOne;

/// <summary>
/// How right each model will be, from the query alone: the mean over several clusterings of what was measured in the query's cluster of
/// each. Coarse clusters are sure of little, fine ones unsure of much, and their mean is better than either. A line through all
/// queries sees what lies across the clusters, and has a share beside them. Immutable.
/// </summary>
public sealed class QueryForecast
{
    /// <summary>What the line counts for beside the clusterings, which share the rest.</summary>
    private const double LinearShare = 1.0 / 3;

    private readonly ForecastClustering[] _clusterings;

    /// <param name="clusterings">One at least, all of the same models and dimensions.</param>
    /// <param name="linear">The line, of these models and dimensions too; null for none.</param>
    /// <exception cref="ArgumentException">There is no clustering, or they do not fit together.</exception>
    public QueryForecast(IReadOnlyList<ForecastClustering> clusterings, LinearForecast? linear = null)
    {
        ArgumentNullException.ThrowIfNull(clusterings);
        _clusterings = [.. clusterings];
        Linear = linear;
        if (_clusterings.Length == 0)
            throw new ArgumentException("there is no clustering", nameof(clusterings));
        if (_clusterings.Any(c => c.Models != Models || c.Centroids.Dimensions != _clusterings[0].Centroids.Dimensions))
            throw new ArgumentException("clusterings are of other models or dimensions", nameof(clusterings));
        if (linear is not null && (linear.Models != Models || linear.Dimensions != _clusterings[0].Centroids.Dimensions))
            throw new ArgumentException("the line is of other models or dimensions than the clusterings", nameof(linear));
    }

    /// <summary>The clusterings.</summary>
    public IReadOnlyList<ForecastClustering> Clusterings => _clusterings;

    /// <summary>The line; null where there is none.</summary>
    public LinearForecast? Linear { get; }

    /// <summary>How many models there are.</summary>
    public int Models => _clusterings[0].Models;

    /// <summary>Writes how right each model is expected to be, in the order of the models.</summary>
    /// <param name="point">The query's vector.</param>
    /// <param name="expected">Of <see cref="Models"/>.</param>
    public void Predict(ReadOnlySpan<float> point, Span<double> expected)
    {
        expected = expected[..Models];
        expected.Clear();
        double share = (Linear is null ? 1 : 1 - LinearShare) / _clusterings.Length;
        foreach (ForecastClustering clustering in _clusterings)
        {
            int cluster = clustering.Centroids.Nearest(point);
            for (int m = 0; m < expected.Length; m++)
                expected[m] += share * clustering[cluster, m];
        }

        if (Linear is null)
            return;
        for (int m = 0; m < expected.Length; m++)
            expected[m] += LinearShare * Linear.Predict(point, m);
    }

    /// <inheritdoc cref="Predict(ReadOnlySpan{float}, Span{double})"/>
    public double[] Predict(ReadOnlySpan<float> point)
    {
        double[] expected = new double[Models];
        Predict(point, expected);
        return expected;
    }

    internal IEnumerable<NamedTensor> ToTensors(string prefix)
    {
        foreach ((int i, ForecastClustering clustering) in _clusterings.Index())
        {
            yield return new(CentroidsName(prefix, i), [clustering.Centroids.Count, clustering.Centroids.Dimensions], clustering.Centroids.Values.ToArray());
            yield return new(ExpectedName(prefix, i), [clustering.Centroids.Count, clustering.Models], clustering.Expected.ToArray());
        }

        if (Linear is not null)
            yield return new(LinearName(prefix), [Models, Linear.Dimensions + 1], Linear.Weights.ToArray());
    }

    /// <summary>The names of a clustering's tensors.</summary>
    internal static (string Centroids, string Expected) NamesOf(string prefix, int clustering) =>
        (CentroidsName(prefix, clustering), ExpectedName(prefix, clustering));

    /// <summary>The name of the line's tensor.</summary>
    internal static string LinearName(string prefix) => $"{prefix}linear";

    private static string CentroidsName(string prefix, int clustering) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{clustering}.centroids");

    private static string ExpectedName(string prefix, int clustering) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{clustering}.expected");
}

/// <summary>One of the clusterings of a <see cref="QueryForecast"/>.</summary>
public sealed class ForecastClustering
{
    private readonly float[] _expected;

    /// <param name="centroids">The middles of its clusters.</param>
    /// <param name="expected">How right each model is in each cluster; clusters × models, row-major.</param>
    /// <exception cref="ArgumentException">The numbers are not as many for each cluster.</exception>
    public ForecastClustering(Centroids centroids, float[] expected)
    {
        ArgumentNullException.ThrowIfNull(centroids);
        ArgumentNullException.ThrowIfNull(expected);
        if (expected.Length == 0 || expected.Length % centroids.Count != 0)
            throw new ArgumentException($"{expected.Length} numbers are no row for each of {centroids.Count} clusters", nameof(expected));
        (Centroids, _expected) = (centroids, expected);
        Models = expected.Length / centroids.Count;
    }

    /// <summary>The middles of its clusters.</summary>
    public Centroids Centroids { get; }

    /// <summary>How many models there are.</summary>
    public int Models { get; }

    /// <summary>How right each model is in each cluster; clusters × models, row-major.</summary>
    public ReadOnlySpan<float> Expected => _expected;

    /// <summary>How right a model is in a cluster.</summary>
    public float this[int cluster, int model] => _expected[cluster * Models + model];
}

/// <summary>How right each model will be, as a linear function of the query's vector. It is not held within 0 and 1.</summary>
public sealed class LinearForecast
{
    private readonly float[] _weights;

    /// <param name="weights">For each model the slope, a number a dimension, and the value at the origin; models × (dimensions + 1), row-major.</param>
    /// <param name="dimensions">Of a query's vector.</param>
    /// <exception cref="ArgumentException">The numbers are no row for each model.</exception>
    public LinearForecast(float[] weights, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        if (weights.Length == 0 || weights.Length % (dimensions + 1) != 0)
            throw new ArgumentException($"{weights.Length} numbers are no rows of {dimensions} and one", nameof(weights));
        (_weights, Dimensions) = (weights, dimensions);
        Models = weights.Length / (dimensions + 1);
    }

    /// <summary>Of a query's vector.</summary>
    public int Dimensions { get; }

    /// <summary>How many models there are.</summary>
    public int Models { get; }

    /// <summary>For each model the slope and the value at the origin; models × (dimensions + 1), row-major.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>How right a model is expected to be.</summary>
    public double Predict(ReadOnlySpan<float> point, int model)
    {
        ReadOnlySpan<float> row = Row(model);
        return TensorPrimitives.Dot(row[..^1], point) + row[^1];
    }

    /// <summary>The slope and the value at the origin of one model.</summary>
    public ReadOnlySpan<float> Row(int model) => _weights.AsSpan(model * (Dimensions + 1), Dimensions + 1);
}

/// <summary>What a policy knows of single queries, beyond their clusters.</summary>
/// <param name="Query">How right each member will be.</param>
/// <param name="Routing">How every query is routed by its own forecast; null where the query's cluster names the member.</param>
public sealed record ForecastRule(QueryForecast Query, ForecastRouting? Routing)
{
    /// <summary>The member that a query goes to; null where its cluster names it.</summary>
    /// <param name="vector">The query's vector.</param>
    /// <param name="costs">What each member costs on average.</param>
    /// <param name="isThere">Whether a member may be chosen, all of them where it is null; one at least may be.</param>
    public int? MemberOf(ReadOnlySpan<float> vector, ReadOnlySpan<double> costs, Func<int, bool>? isThere = null) =>
        Routing is { } routing ? Best(Query.Predict(vector), costs, routing.Price, isThere) : null;

    /// <summary>The member that is worth most: what is expected of it, less its cost at the price; of equal ones the cheaper, then the first.</summary>
    /// <param name="expected">How right each is expected to be.</param>
    /// <param name="costs">What each costs on average.</param>
    /// <param name="price">The price of a unit of cost.</param>
    /// <param name="isThere">Whether a member may be chosen; one at least may be.</param>
    public static int Best(ReadOnlySpan<double> expected, ReadOnlySpan<double> costs, double price, Func<int, bool>? isThere = null)
    {
        int best = -1;
        double most = 0;
        for (int m = 0; m < expected.Length; m++)
        {
            if (isThere?.Invoke(m) == false)
                continue;
            double worth = expected[m] - (price * costs[m]);
            if (best < 0 || worth > most || (worth == most && costs[m] < costs[best]))
                (best, most) = (m, worth);
        }

        return best;
    }
}

/// <summary>Every query goes to the member that is worth most by its own forecast.</summary>
/// <param name="Price">The share of right answers that a unit of the metric has to buy.</param>
/// <param name="Accuracy">The share of right answers on questions that were held out; null where the members have changed since.</param>
/// <param name="Cost">The mean cost there, under the metric; null where that is not known.</param>
public sealed record ForecastRouting(double Price, double? Accuracy = null, double? Cost = null);
