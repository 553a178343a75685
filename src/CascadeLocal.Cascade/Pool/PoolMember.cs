using System.Diagnostics;

using CascadeLocal.Cascade.Files;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Sampling;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>One model of the pool and its state. Thread-safe.</summary>
public sealed class PoolMember : IDisposable
{
    private readonly Lock _transition = new();
    private volatile IMemberBackend? _backend;
    private volatile string? _failureReason;
    private volatile int _state = (int)MemberState.Loading;
    private volatile int _fileState = (int)ModelFileState.Unchanged;

    internal PoolMember(MemberOptions options) => Options = options;

    /// <summary>How it was configured.</summary>
    public MemberOptions Options { get; }

    /// <summary>What requests call it.</summary>
    public string Name => Options.Name;

    /// <summary>Where it is in its life.</summary>
    public MemberState State => (MemberState)_state;

    /// <summary>Why it failed; null unless it did.</summary>
    public string? FailureReason => _failureReason;

    /// <summary>What was loaded; null before that.</summary>
    public ModelInfo? Info => _backend?.Info;

    /// <summary>What it is doing; null before it is loaded.</summary>
    public EngineStatus? Status => _backend?.Status;

    /// <summary>Whether the file on disk is still the one that was loaded.</summary>
    public ModelFileState FileState
    {
        get => (ModelFileState)_fileState;
        internal set => _fileState = (int)value;
    }

    /// <summary>The sampling of a request: its own settings, then the configuration's, then the model file's.</summary>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    public SamplingParameters ResolveSampling(SamplingOptions request) =>
        SamplingParameters.Resolve(request, Options.Sampling, ReadyBackend().Info.Sampling, SamplingOptions.Fallback);

    /// <inheritdoc cref="IMemberBackend.Generate"/>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    public IMemberGeneration Generate(MemberRequest request) => ReadyBackend().Generate(request);

    /// <summary>Ends what runs and frees the model.</summary>
    public void Dispose() => _backend?.Dispose();

    internal async Task LoadAsync(MemberLoader load, ILogger logger, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            IMemberBackend backend = await load(Options.Model, logger, cancellationToken);
            lock (_transition)
            {
                _backend = backend;
                if (State == MemberState.Loading)
                    _state = (int)MemberState.Ready;
            }

            ModelInfo info = backend.Info;
            logger.LogInformation(
                "{Member} is ready after {Seconds:0.0} s: {Architecture}, {Parameters:0.0} M parameters, {Quantization}, context {Context}, {Parallel} sequences, {Threads} threads, {Device}",
                Name,
                Stopwatch.GetElapsedTime(started).TotalSeconds,
                info.Architecture,
                info.ParameterCount / 1e6,
                info.Quantization,
                info.ContextLength,
                info.Parallel,
                info.Threads,
                info.Device);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Fail("loading was cancelled");
        }
        catch (Exception e)
        {
            // Whatever stops one member must not stop the others.
            Fail(e.Message);
            logger.LogError("{Member} cannot be served: {Reason}", Name, e.Message);
        }
    }

    internal void Drain()
    {
        lock (_transition)
        {
            if (State is MemberState.Ready or MemberState.Loading)
                _state = (int)MemberState.Draining;
        }
    }

    private void Fail(string reason)
    {
        lock (_transition)
        {
            _failureReason = reason;
            _state = (int)MemberState.Failed;
        }
    }

    private IMemberBackend ReadyBackend() => State switch
    {
        MemberState.Ready => _backend!,
        MemberState.Failed => throw new MemberUnavailableException($"The model '{Name}' could not be loaded: {FailureReason}"),
        MemberState.Draining => throw new MemberUnavailableException("The server is shutting down."),
        _ => throw new MemberUnavailableException($"The model '{Name}' is still loading."),
    };
}
