using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>
/// Writes what was decided about every request, and what was said about its answer, as JSON lines. Serving never waits for it:
/// what cannot be written is dropped and counted. Thread-safe.
/// </summary>
public sealed class DecisionLog : ICascadeObserver, IAsyncDisposable
{
    private readonly DecisionLogOptions _options;
    private readonly Func<string, string?> _keyOf;
    private readonly RotatingFile _file;
    private readonly LineWriter _lines;

    /// <summary>Makes a log; nothing is opened before <see cref="Open"/> or the first line.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="keyOf">The name of the key whose requests have a salt; null where there is none.</param>
    /// <param name="logger">For what goes wrong.</param>
    public DecisionLog(DecisionLogOptions options, Func<string, string?> keyOf, ILogger logger)
    {
        _options = options;
        _keyOf = keyOf;
        _file = new RotatingFile(options.Path, options.MaxFileBytes, options.Files);
        _lines = new LineWriter(_file, logger);
    }

    /// <summary>Lines that could not be written.</summary>
    public long Dropped => _lines.Dropped;

    /// <inheritdoc/>
    public bool KeepsText => _options.IncludeText;

    /// <summary>Finds out at the start, rather than at the first request, whether the file can be written.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public void Open() => _file.EnsureWritable();

    /// <summary>Queues feedback, which leaves half of the queue to requests; false if it was dropped.</summary>
    public bool TryWrite(Feedback feedback) => _lines.TryWrite(new FeedbackLine(feedback, _keyOf(feedback.CacheSalt)), leavesHalf: true);

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        // One line for a request: what is worked out beside it is in it.
        if (!outcome.AwaitsShadow)
            Write(outcome);
    }

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end) => Write(outcome);

    /// <summary>Writes what is queued, then closes the file. What comes later is dropped.</summary>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();

    private void Write(CascadeOutcome outcome) =>
        _lines.TryWrite(new RequestLine(outcome, _keyOf(outcome.CacheSalt), _options.IncludeText));
}

/// <summary>Where decisions are written down, and how much of them is kept.</summary>
public sealed record DecisionLogOptions
{
    /// <summary>The file that is written now; older ones are beside it, with .1 (the newest), .2 ... after the name.</summary>
    public required string Path { get; init; }

    /// <summary>The size in bytes at which a new file is begun.</summary>
    public long MaxFileBytes { get; init; } = 64L << 20;

    /// <summary>Files kept, the current one included; at least 1.</summary>
    public int Files { get; init; } = 8;

    /// <summary>Whether the query and the answer are written too. They are the users' own words.</summary>
    public bool IncludeText { get; init; }
}
