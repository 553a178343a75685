using System.Globalization;

using CascadeLocal.Contracts;

using Microsoft.Extensions.Logging;

using Polly;
using Polly.CircuitBreaker;

namespace CascadeLocal.Remote;

/// <summary>Whether an endpoint is asked.</summary>
public enum RemoteCircuitState
{
    /// <summary>It is.</summary>
    Closed,

    /// <summary>It failed too often and is left alone for a while.</summary>
    Open,

    /// <summary>The while is over: one request tries, and its outcome decides for the others.</summary>
    HalfOpen,
}

/// <summary>The state of a remote member's circuit breaker.</summary>
/// <param name="State">Whether the endpoint is asked.</param>
/// <param name="Since">Since when that is so.</param>
/// <param name="OpenUntil">When the next request may try; null where the circuit is not open.</param>
/// <param name="LastError">The last failure, in a sentence, whether or not it has recovered; null where there was none.</param>
public sealed record RemoteCircuit(RemoteCircuitState State, DateTimeOffset Since, DateTimeOffset? OpenUntil, string? LastError);

/// <summary>
/// Leaves an endpoint alone once too many of the last requests failed: it could not be reached, or its answer broke. Refused requests and
/// full queues are no failures, since the endpoint is well.
/// </summary>
internal sealed class CircuitBreaker
{
    private readonly string _name;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline _pipeline;
    private readonly Lock _gate = new();
    private RemoteCircuit _circuit;

    public CircuitBreaker(string name, CircuitBreakerOptions options, ILogger logger, TimeProvider clock)
    {
        _name = name;
        clock = _clock = new SteadyClock(clock);
        _circuit = new RemoteCircuit(RemoteCircuitState.Closed, clock.GetUtcNow(), null, null);
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumRequests,
                SamplingDuration = options.Window,
                BreakDuration = options.OpenFor,
                ShouldHandle = args => ValueTask.FromResult(IsFailure(args.Outcome.Exception)),
                OnOpened = args =>
                {
                    Enter(RemoteCircuitState.Open, args.BreakDuration);
                    logger.LogWarning("{Member} is left alone for {Seconds:F0} s: {Error}", name, args.BreakDuration.TotalSeconds, Circuit.LastError);
                    return ValueTask.CompletedTask;
                },
                OnHalfOpened = _ =>
                {
                    Enter(RemoteCircuitState.HalfOpen);
                    return ValueTask.CompletedTask;
                },
                OnClosed = _ =>
                {
                    Enter(RemoteCircuitState.Closed);
                    logger.LogInformation("{Member} answers again", name);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>The state now.</summary>
    public RemoteCircuit Circuit
    {
        get
        {
            lock (_gate)
                return _circuit;
        }
    }

    /// <summary>Throws while the circuit is open, before anything is queued or sent.</summary>
    /// <exception cref="MemberUnavailableException">It is open.</exception>
    public void ThrowIfOpen()
    {
        if (Circuit.OpenUntil is { } until && _clock.GetUtcNow() < until)
            throw Open(null);
    }

    /// <summary>Makes a request, and learns from how it goes.</summary>
    /// <exception cref="MemberUnavailableException">The circuit is open, or the request failed.</exception>
    public async ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static async (request, token) => await request(token), request, cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw Open(e);
        }
    }

    /// <summary>Learns that an answer broke that had begun well.</summary>
    public void Report(MemberException failure)
    {
        try
        {
            _pipeline.Execute(static failure => throw failure, failure);
        }
        catch (Exception e) when (e is MemberException or BrokenCircuitException)
        {
            // Told; and if it is open already there is nothing to tell.
        }
    }

    private bool IsFailure(Exception? exception)
    {
        if (exception is MemberUnavailableException or EngineException)
        {
            lock (_gate)
                _circuit = _circuit with { LastError = exception.Message };
            return true;
        }

        // A trial that its caller took back has shown nothing: the next one has to.
        return exception is OperationCanceledException && Circuit.State == RemoteCircuitState.HalfOpen;
    }

    private void Enter(RemoteCircuitState state, TimeSpan? openFor = null)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        lock (_gate)
            _circuit = _circuit with { State = state, Since = now, OpenUntil = now + openFor };
    }

    private MemberUnavailableException Open(Exception? inner)
    {
        RemoteCircuit circuit = Circuit;
        string until = circuit.OpenUntil is { } time ? time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "its trial request has ended";
        return new MemberUnavailableException($"'{_name}' failed too often and is not asked until {until}.", inner);
    }

    /// <summary>The time as it was, and what has gone by since: a clock that is set back opens and closes nothing.</summary>
    private sealed class SteadyClock(TimeProvider clock) : TimeProvider
    {
        private readonly DateTimeOffset _start = clock.GetUtcNow();
        private readonly long _startedAt = clock.GetTimestamp();

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _start + clock.GetElapsedTime(_startedAt);

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}
