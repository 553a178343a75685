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
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _disposed;
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

    /// <summary>
    /// The content of the file, as <see cref="ModelContent.Fingerprint"/>; null before it was looked at, and where it cannot
    /// be read.
    /// </summary>
    public string? Fingerprint { get; private set; }

    /// <summary>The sampling of a request: its own settings, then the configuration's, then the model file's.</summary>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    public SamplingParameters ResolveSampling(SamplingOptions request) =>
        SamplingParameters.Resolve(request, Options.Sampling, ReadyBackend().Info.Sampling, SamplingOptions.Fallback);

    /// <inheritdoc cref="IMemberBackend.Generate"/>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    public IMemberGeneration Generate(MemberRequest request)
    {
        IMemberBackend backend;
        lock (_transition)
        {
            backend = ReadyBackend();
            _running++;
        }

        try
        {
            return new CountedGeneration(backend.Generate(request), EndOne);
        }
        catch
        {
            EndOne();
            throw;
        }
    }

    /// <summary>Ends what runs and frees the model.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
            _backend?.Dispose();
    }

    /// <summary>Looks at the content of the file that is going to be loaded.</summary>
    internal void ReadFingerprint()
    {
        try
        {
            Fingerprint = ModelContent.Fingerprint(Options.Model.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fingerprint = null;  // loading will say why
        }
    }

    /// <summary>Ends when loading has ended, well or not.</summary>
    internal Task Loaded => _loaded.Task;

    /// <summary>Loads what answers; nothing if the member is drained already. Never throws.</summary>
    internal async Task LoadAsync(MemberLoader load, ILogger logger, CancellationToken cancellationToken)
    {
        if (State == MemberState.Loading)
            await TryLoadAsync(load, logger, cancellationToken);
        _loaded.TrySetResult();
    }

    private async Task TryLoadAsync(MemberLoader load, ILogger logger, CancellationToken cancellationToken)
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

    /// <summary>Takes nothing new from now on. The task ends when nothing runs any more.</summary>
    internal Task Drain()
    {
        lock (_transition)
        {
            if (State is MemberState.Ready or MemberState.Loading)
                _state = (int)MemberState.Draining;
            if (_running == 0)
                _idle.TrySetResult();
        }

        return _idle.Task;
    }

    private void EndOne()
    {
        lock (_transition)
        {
            _running--;
            if (_running == 0 && State == MemberState.Draining)
                _idle.TrySetResult();
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
        MemberState.Draining => throw new MemberUnavailableException($"The model '{Name}' is being removed and takes nothing new."),
        _ => throw new MemberUnavailableException($"The model '{Name}' is still loading."),
    };
}
