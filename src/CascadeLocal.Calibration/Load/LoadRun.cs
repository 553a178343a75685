using System.Collections.Concurrent;
using System.Diagnostics;

using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Load;

/// <summary>Puts one endpoint under load, once.</summary>
public sealed class LoadRun : IDisposable
{
    private readonly LoadOptions _options;
    private readonly Workload _workload;
    private readonly LoadClient _client;
    private readonly ConcurrentBag<LoadSample> _samples = [];
    private readonly int _first;
    private int _begun;
    private long _start;

    /// <param name="target">The endpoint.</param>
    /// <param name="options">How requests are sent.</param>
    /// <param name="workload">What they ask.</param>
    /// <param name="first">The number of the first conversation: runs that ask on from where others ended ask nothing that these did.</param>
    public LoadRun(LoadTarget target, LoadOptions options, Workload workload, int first = 0)
    {
        (Target, _options, _workload, _first) = (target, options, workload, first);
        _client = new LoadClient(target, options);
    }

    /// <summary>The endpoint.</summary>
    public LoadTarget Target { get; }

    /// <summary>Conversations begun, those of the warm-up included.</summary>
    public int Conversations => Volatile.Read(ref _begun);

    /// <summary>Warms up, sends until time or requests are used up, and waits for what is under way.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<LoadFigures> RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, _options.WarmUp).Select(_ => ConverseAsync(cancellationToken)));
        _samples.Clear();
        _start = Stopwatch.GetTimestamp();
        await (_options.Rate is { } rate ? OpenLoopAsync(rate, cancellationToken) : ClosedLoopAsync(cancellationToken));
        return LoadFigures.Of([.. _samples], Stopwatch.GetElapsedTime(_start), _options.Objective);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task ClosedLoopAsync(CancellationToken cancellationToken)
    {
        int left = _options.Requests ?? int.MaxValue;
        await Task.WhenAll(Enumerable.Range(0, _options.Concurrency ?? 1).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(_start) < _options.Duration && Interlocked.Decrement(ref left) >= 0)
                await ConverseAsync(cancellationToken);
        }));
    }

    private async Task OpenLoopAsync(double rate, CancellationToken cancellationToken)
    {
        SeededGenerator random = new(_options.Seed);
        using SemaphoreSlim? places = _options.Concurrency is { } most ? new SemaphoreSlim(most) : null;
        List<Task> running = [];
        double due = 0;
        for (int i = 0; i < (_options.Requests ?? int.MaxValue); i++)
        {
            due -= Math.Log(1 - random.NextDouble()) / rate;
            if (due >= _options.Duration.TotalSeconds)
                break;
            TimeSpan wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(_start);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken);
            running.Add(OneAsync());
        }

        await Task.WhenAll(running);

        async Task OneAsync()
        {
            if (places is not null)
                await places.WaitAsync(cancellationToken);
            try
            {
                await ConverseAsync(cancellationToken);
            }
            finally
            {
                places?.Release();
            }
        }
    }

    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        int number = _first + Interlocked.Increment(ref _begun) - 1;
        List<ChatMessage> messages = [.. _workload.Begin(number)];
        for (int turn = 0; turn < _workload.Turns; turn++)
        {
            if (turn > 0)
                messages.Add(_workload.Next(number, turn));
            LoadSample sample = await _client.AskAsync(messages, cancellationToken);
            _samples.Add(sample);
            if (sample.Failure is not null)
                return;
            messages.Add(new("assistant", sample.Text));
        }
    }
}
