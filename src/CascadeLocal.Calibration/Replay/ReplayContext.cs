using System.Diagnostics;

using CascadeLocal.Calibration.Queries;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Replay;

/// <summary>What a replay works with.</summary>
/// <param name="Folder">The folder with the data sets.</param>
/// <param name="Vectors">Gives the embeddings.</param>
/// <param name="Seeds">How many times questions are split anew; 5 in what is published.</param>
/// <param name="Progress">Told how far it is.</param>
/// <param name="CancellationToken">Ends it.</param>
internal sealed record ReplayContext(
    string Folder, VectorCache Vectors, int Seeds, IProgress<ReplayProgress>? Progress, CancellationToken CancellationToken)
{
    public Task<PointSet> EmbedAsync(IReadOnlyList<string> texts) => Vectors.EmbedAsync(
        texts,
        Progress is null ? null : new Relay(done => Report("embedding", done, texts.Count)),
        CancellationToken);

    /// <summary>Tells how far it is, and ends a replay that nobody waits for.</summary>
    public void Report(string stage, int done, int all)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Progress?.Report(new(stage, (double)done / all));
    }

    /// <summary>Passes reports on at once and in order, which <see cref="Progress{T}"/> does not.</summary>
    private sealed class Relay(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}

/// <summary>The mean time of fits.</summary>
internal sealed class FitClock
{
    private TimeSpan _total;
    private int _fits;

    public double MeanMs => _fits == 0 ? 0 : _total.TotalMilliseconds / _fits;

    public T Time<T>(Func<T> fit)
    {
        long start = Stopwatch.GetTimestamp();
        T fitted = fit();
        _total += Stopwatch.GetElapsedTime(start);
        _fits++;
        return fitted;
    }
}
