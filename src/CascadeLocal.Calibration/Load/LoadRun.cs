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
    private int _left;
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

    /// <summary>
    /// Warms up, sends until time or requests are used up, and waits for what is under way. Where it is stopped the figures are of what has
    /// ended.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before any request had ended.</exception>
    public async Task<LoadFigures> RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, _options.WarmUp).Select(_ => ConverseAsync(turns: 1, due: null, cancellationToken)));
        _samples.Clear();
        _left = _options.Requests ?? int.MaxValue;
        _start = Stopwatch.GetTimestamp();
        try
        {
            await (_options.Rate is { } rate ? OpenLoopAsync(rate, cancellationToken) : ClosedLoopAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (!_samples.IsEmpty)
        {
            // They count.
        }

        return LoadFigures.Of([.. _samples], Stopwatch.GetElapsedTime(_start), _options.Objective) with
        {
            IsStopped = cancellationToken.IsCancellationRequested,
            DistinctPrompts = Math.Min(_begun - _options.WarmUp, _workload.Different ?? int.MaxValue),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task ClosedLoopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, _options.Concurrency ?? 1).Select(async _ =>
        {
            while (MayAsk())
                await ConverseAsync(_workload.Turns, due: null, cancellationToken);
        }));
    }

    private async Task OpenLoopAsync(double rate, CancellationToken cancellationToken)
    {
        SeededGenerator random = new(_options.Seed);
        using SemaphoreSlim? places = _options.Concurrency is { } most ? new SemaphoreSlim(most) : null;
        List<Task> running = [];
        try
        {
            double due = 0;
            while (true)
            {
                due -= Math.Log(1 - random.NextDouble()) / rate;
                if (due >= _options.Duration.TotalSeconds || Interlocked.Decrement(ref _left) < 0)
                    break;
                TimeSpan wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(_start);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, cancellationToken);
                running.Add(OneAsync(_start + (long)(due * Stopwatch.Frequency)));
            }
        }
        finally
        {
            await Task.WhenAll(running);
        }

        async Task OneAsync(long due)
        {
            if (places is not null)
                await places.WaitAsync(cancellationToken);
            try
            {
                await ConverseAsync(_workload.Turns, due, cancellationToken);
            }
            finally
            {
                places?.Release();
            }
        }
    }

    /// <summary>Takes one of the requests that are left, where there is time for it.</summary>
    private bool MayAsk() => Stopwatch.GetElapsedTime(_start) < _options.Duration && Interlocked.Decrement(ref _left) >= 0;

    private async Task ConverseAsync(int turns, long? due, CancellationToken cancellationToken)
    {
        int number = _first + Interlocked.Increment(ref _begun) - 1;
        List<ChatMessage> messages = [.. _workload.Begin(number)];
        for (int turn = 0; turn < turns; turn++)
        {
            if (turn > 0)
            {
                if (!MayAsk())
                    return;
                messages.Add(_workload.Next(number, turn));
            }

            LoadSample sample = await _client.AskAsync(messages, turn == 0 ? due : null, cancellationToken);
            _samples.Add(sample);
            if (sample.Failure is not null)
                return;
            messages.Add(new("assistant", sample.Text));
        }
    }
}
