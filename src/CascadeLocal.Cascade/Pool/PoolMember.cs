using System.Diagnostics;

using CascadeLocal.Engine;
using CascadeLocal.Remote;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tuning;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>One member of the pool and its state. Thread-safe.</summary>
/// <remarks>
/// Whoever wants an answer of it takes a <see cref="MemberLease"/>. A member that is removed is freed when the last lease is given
/// back, and until then does all that its holders ask for: a request that was admitted finishes as if nothing had happened.
/// </remarks>
public sealed class PoolMember : IDisposable
{
    private readonly Lock _transition = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _leaving = new();
    private int _leases;
    private bool _isLeaving;
    private bool _disposed;
    private volatile IMember? _member;
    private volatile string? _failureReason;
    private string? _fileFingerprint;
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

    /// <summary>What it can do; null before it is loaded.</summary>
    public MemberCapabilities? Capabilities => _member?.Capabilities;

    /// <summary>What it is doing; null before it is loaded.</summary>
    public MemberLoad? Load => _member?.Load;

    /// <summary>The model in this process; null before it is loaded, and where it is elsewhere.</summary>
    public LanguageModel? Local => _member as LanguageModel;

    /// <summary>The endpoint elsewhere; null before it is connected, and where the model is in this process.</summary>
    public RemoteMember? Remote => _member as RemoteMember;

    /// <summary>Whether the file on disk is still the one that was loaded.</summary>
    public ModelFileState FileState
    {
        get => (ModelFileState)_fileState;
        internal set => _fileState = (int)value;
    }

    /// <summary>
    /// Tells its model from others: <see cref="ModelContent.Fingerprint(ModelOptions)"/> of what was loaded, or what a member elsewhere says
    /// now. Null before it was looked at, and where it cannot be.
    /// </summary>
    public string? Fingerprint => Remote?.Fingerprint ?? _fileFingerprint;

    /// <summary>As <see cref="ModelContent.Whole"/>, of the file that was loaded.</summary>
    internal string? Content { get; private set; }

    /// <summary>The saved tuning that it is loaded with, of which the configuration left these settings open; null without one.</summary>
    public SavedTuning? Tuning { get; internal set; }

    /// <summary>Takes a lease.</summary>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    public MemberLease Lease()
    {
        lock (_transition)
        {
            if (State != MemberState.Ready)
                throw NotReady();
            _leases++;
            return new MemberLease(this, _member!);
        }
    }

    /// <summary>Takes a lease; null where the member is not ready.</summary>
    internal MemberLease? TryLease()
    {
        lock (_transition)
        {
            if (State != MemberState.Ready)
                return null;
            _leases++;
            return new MemberLease(this, _member!);
        }
    }

    /// <summary>Ends what runs and frees the model.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _member?.Dispose();
        _leaving.Dispose();
    }

    /// <summary>The cores that it has where it names no threads.</summary>
    internal int Share { get; init; }

    /// <summary>Whether its configuration names threads.</summary>
    internal bool NamesThreads { get; init; }

    /// <summary>How it is loaded: as configured, but for what was left open and was tuned, or the memory does not allow.</summary>
    internal ModelOptions? Planned { get; set; }

    /// <summary>Looks at the content of the file that is going to be loaded; loading says why it cannot be read.</summary>
    internal void ReadFingerprint()
    {
        if (Options.Model is not { } model)
            return;
        _fileFingerprint = ModelContent.TryFingerprint(model);
        Content = ModelContent.Whole(model, _fileFingerprint);
    }

    /// <summary>Ends when the loading that has begun last has ended, well or not.</summary>
    internal Task Loaded => _loaded.Task;

    /// <summary>Loads what answers; nothing if the member is drained already. Never throws.</summary>
    internal async Task LoadAsync(MemberLoader load, ILogger logger, CancellationToken cancellationToken)
    {
        // Of this attempt: as soon as it has failed the next may begin.
        TaskCompletionSource loaded = _loaded;
        if (State == MemberState.Loading)
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
            await TryLoadAsync(load, logger, stop.Token);
        }

        loaded.TrySetResult();
    }

    /// <summary>Gives out no more leases, and loads no further. The task ends when all are given back.</summary>
    internal Task Drain()
    {
        bool isLoading;
        lock (_transition)
        {
            _isLeaving = true;
            isLoading = State == MemberState.Loading;
            if (State is MemberState.Ready or MemberState.Loading)
                _state = (int)MemberState.Draining;
            if (_leases == 0)
                _idle.TrySetResult();
        }

        if (isLoading)
            _ = _leaving.CancelAsync();
        return _idle.Task;
    }

    internal void Return()
    {
        lock (_transition)
        {
            _leases--;
            if (_leases == 0 && State == MemberState.Draining)
                _idle.TrySetResult();
        }
    }

    /// <summary>Whether it failed, is not leaving and may be tried again: an endpoint can come back, a damaged file cannot.</summary>
    internal bool TryBeginAgain()
    {
        lock (_transition)
        {
            if (State != MemberState.Failed || Options.Remote is null || _isLeaving)
                return false;
            _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _state = (int)MemberState.Loading;
            return true;
        }
    }

    private async Task TryLoadAsync(MemberLoader load, ILogger logger, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            ModelOptions? model = (Planned ?? Options.Model) is { } planned ? planned with { Fingerprint = Content } : null;
            IMember member = await load(Options with { Model = model }, logger, cancellationToken);
            lock (_transition)
            {
                _member = member;
                if (State == MemberState.Loading)
                    (_state, _failureReason) = ((int)MemberState.Ready, null);
            }

            logger.LogInformation(
                "{Member} is ready after {Seconds:0.0} s: {Model}, context {Context}, {Parallel} at once",
                Name,
                Stopwatch.GetElapsedTime(started).TotalSeconds,
                member.Capabilities.Model,
                member.Capabilities.ContextLength,
                member.Capabilities.Parallel);
            if (Options.Price is not null && member is RemoteMember { Features.TellsUsage: false })
                logger.LogWarning("The endpoint of {Member} counts no tokens: what requests to it cost is not known", Name);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Fail("loading was cancelled");
        }
        catch (Exception e)
        {
            // Whatever stops one member must not stop the others. What was said once is not said at every new attempt.
            bool isNews = e.Message != FailureReason;
            Fail(e.Message);
            if (isNews)
                logger.LogError("{Member} cannot be served: {Reason}", Name, e.Message);
        }
    }

    private void Fail(string reason)
    {
        lock (_transition)
        {
            _failureReason = reason;
            // Whoever leaves while it loads is not to be tried again.
            if (State == MemberState.Loading)
                _state = (int)MemberState.Failed;
        }
    }

    private MemberUnavailableException NotReady() => new(State switch
    {
        MemberState.Failed => $"The model '{Name}' could not be loaded: {FailureReason}",
        MemberState.Draining => $"The model '{Name}' is being removed and takes nothing new.",
        _ => $"The model '{Name}' is still loading.",
    });
}

/// <summary>The right to ask a member until it is given back. Thread-safe.</summary>
public sealed class MemberLease : IDisposable
{
    private readonly PoolMember _owner;
    private readonly IMember _member;
    private bool _returned;

    internal MemberLease(PoolMember owner, IMember member) => (_owner, _member) = (owner, member);

    /// <summary>What requests call the member.</summary>
    public string Name => _owner.Name;

    /// <summary>Whether the member is elsewhere.</summary>
    public bool IsElsewhere => _member is RemoteMember;

    /// <summary>Its address, where it is elsewhere and that was configured; else null.</summary>
    public string? Endpoint => _owner.Options.Remote?.Url;

    /// <summary>What its tokens cost; null where that was not configured.</summary>
    public TokenPrice? Price => _owner.Options.Price;

    /// <summary>What it can do.</summary>
    public MemberCapabilities Capabilities => _member.Capabilities;

    /// <inheritdoc cref="IMember.StartAsync"/>
    public ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken) =>
        _member.StartAsync(request, observer, cancellationToken);

    /// <inheritdoc cref="IMember.CheckAsync"/>
    public ValueTask CheckAsync(GenerationRequest request, CancellationToken cancellationToken) => _member.CheckAsync(request, cancellationToken);

    /// <summary>Gives it back; answers of it have ended.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _returned, true))
            _owner.Return();
    }
}

/// <summary>One member as configured.</summary>
public sealed record MemberOptions
{
    /// <summary>What requests call it; unique in the pool.</summary>
    public required string Name { get; init; }

    /// <summary>The model file and how it is served; null for a member elsewhere.</summary>
    public ModelOptions? Model { get; init; }

    /// <summary>The endpoint that answers; null for a model in this process.</summary>
    public RemoteMemberOptions? Remote { get; init; }

    /// <summary>What its tokens cost; null for what nobody counts.</summary>
    public TokenPrice? Price { get; init; }

    /// <summary>Where it is from, for people: the file, or the address.</summary>
    public string Source => Model?.Path ?? Remote?.Url ?? "";
}

/// <summary>Where a pool member is in its life.</summary>
public enum MemberState
{
    /// <summary>Not yet loaded.</summary>
    Loading,

    /// <summary>Answers requests.</summary>
    Ready,

    /// <summary>Could not be loaded; <see cref="PoolMember.FailureReason"/> says why.</summary>
    Failed,

    /// <summary>Finishes what runs and takes nothing new.</summary>
    Draining,
}

/// <summary>Loads what answers for a member.</summary>
/// <exception cref="ModelLoadException">The model cannot be served; the message says why.</exception>
public delegate Task<IMember> MemberLoader(MemberOptions options, ILogger logger, CancellationToken cancellationToken);
