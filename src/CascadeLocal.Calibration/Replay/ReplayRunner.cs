using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Queries;

namespace CascadeLocal.Calibration.Replay;

/// <summary>Replays published routing data sets.</summary>
public static class ReplayRunner
{
    private static readonly Dictionary<string, Func<ReplayContext, Task<ReplayReport>>> Replays = new()
    {
        ["routellm-mmlu"] = MmluReplay.RunAsync,
        ["routellm-gsm8k"] = Gsm8kReplay.RunAsync,
        ["llmrouter"] = LlmRouterReplay.RunAsync,
    };

    /// <summary>What can be replayed.</summary>
    public static IReadOnlyCollection<string> Names => Replays.Keys;

    /// <summary>Replays a data set.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="folder">The folder with the data sets; see docs/replay.md.</param>
    /// <param name="vectors">Gives the embeddings of the queries.</param>
    /// <param name="seeds">How many times the questions are split anew, 1 at least.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; vectors embedded until then are kept.</param>
    /// <exception cref="DataFileException">A file is missing or not what it should be.</exception>
    /// <exception cref="IOException">The vector cache cannot be read or written.</exception>
    public static Task<ReplayReport> RunAsync(
        string name,
        string folder,
        VectorCache vectors,
        int seeds = 5,
        IProgress<ReplayProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        return Replays[name](new(folder, vectors, seeds, progress, cancellationToken));
    }
}

/// <summary>How far a replay is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Share">How much of it is done, 0 to 1.</param>
public readonly record struct ReplayProgress(string Stage, double Share);
