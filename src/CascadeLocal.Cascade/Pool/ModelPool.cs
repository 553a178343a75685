using CascadeLocal.Engine;
using CascadeLocal.Remote;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Tuning;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>
/// The models that are served together. Members can be added and removed while requests run; every change replaces the
/// list as a whole, so whoever has read it goes on with the pool as it was. Thread-safe.
/// </summary>
public sealed partial class ModelPool : IDisposable
{
    /// <summary>How long a start waits for endpoints beyond its files.</summary>
    private static readonly TimeSpan EndpointPatience = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger;
    private readonly MemberLoader _load;
    private readonly TuningFolder? _tunings;
    private readonly ModelFileWatcher _watcher;
    private readonly Lock _changing = new();
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<PoolMember, Task> _background = [];
    private volatile PoolMember[] _members;
    private Task _connecting = Task.CompletedTask;
    private Task? _endpoints;

    /// <summary>Makes a pool whose members run in this process; nothing is loaded yet.</summary>
    /// <param name="members">The members.</param>
    /// <param name="logger">Told what becomes of them.</param>
    /// <param name="prefixes">Where prefixes go that have lost their sequence; null forgets them. It outlives the pool.</param>
    /// <param name="tunings">What was tuned on this machine, for settings that the members leave open; null for nothing.</param>
    /// <exception cref="ArgumentException">No member, or two of one name.</exception>
    public ModelPool(IReadOnlyList<MemberOptions> members, ILogger logger, PrefixStore? prefixes = null, TuningFolder? tunings = null)
        : this(members, logger, (options, log, cancellationToken) => LoadAnyAsync(options, prefixes, log, cancellationToken), tunings)
    {
    }

    /// <summary>Makes a pool whose members are loaded by <paramref name="load"/>; nothing is loaded yet.</summary>
    /// <exception cref="ArgumentException">No member, or two of one name.</exception>
    public ModelPool(IReadOnlyList<MemberOptions> members, ILogger logger, MemberLoader load, TuningFolder? tunings = null)
    {
        RequireUnique(members);
        _members = [.. members.Select(m => MemberOf(m, members.Count))];
        _logger = logger;
        _load = load;
        _tunings = tunings;
        _watcher = new ModelFileWatcher(logger);
    }

    /// <summary>Raised after a member was added, has become ready, has begun to drain or is gone, on the thread that changed the pool.</summary>
    public event Action? Changed;

    /// <summary>The members as they are now: those of the configuration in its order, then those added.</summary>
    public IReadOnlyList<PoolMember> Members => _members;

    /// <summary>The members as requests name them, each name once: one that drains is not among them where it has a successor.</summary>
    public IEnumerable<PoolMember> MembersByName
    {
        get
        {
            PoolMember[] members = _members;
            return members.Where(member => Find(members, member.Name) == member);
        }
    }

    /// <summary>The ready member with the most parameters, or null if none is ready; see <see cref="ByStrength"/>.</summary>
    public PoolMember? Strongest => ByStrength.FirstOrDefault();

    /// <summary>
    /// The ready members, those with the most parameters first, of equal ones in the pool's order. One elsewhere that does not tell
    /// its parameters is what the pool outgrew this machine for, and comes before all others.
    /// </summary>
    public IEnumerable<PoolMember> ByStrength => _members
        .Where(m => m.State == MemberState.Ready)
        .OrderByDescending(m => m.Capabilities!.ParameterCount ?? long.MaxValue);

    /// <summary>The member of that name, whatever its state, or null. One that drains gives way to its successor.</summary>
    public PoolMember? Find(string name) => Find(_members, name);

    /// <summary>
    /// Loads the members: files one after the other, endpoints beside them. One that fails leaves the others serving, and an endpoint
    /// that does not answer joins later. Never throws for a member.
    /// </summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        PoolMember[] members = _members;
        _connecting = ConnectAsync([.. members.Where(m => m.Options.Remote is not null)], cancellationToken);
        PlanMemory(members);
        foreach (PoolMember member in members.Where(m => m.Options.Remote is null))
            await LoadMemberAsync(member, cancellationToken);
        await _connecting.WaitAsync(EndpointPatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        WatchEndpoints();
        if (Strongest is null)
            _logger.LogError("No model is ready; every request will be answered with 503");
    }

    /// <summary>Adds a member and loads it in the background.</summary>
    /// <returns>The member, whose state says how far it is.</returns>
    /// <exception cref="PoolChangeException">There is one of that name.</exception>
    public PoolMember Add(MemberOptions options)
    {
        PoolMember member;
        lock (_changing)
        {
            if (Find(options.Name) is { } known)
            {
                string state = known.State.ToString().ToLowerInvariant();
                throw new PoolChangeException($"There is a model '{options.Name}' already; it is {state}.");
            }

            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            member = MemberOf(options, _members.Length + 1);
            member.ReadFingerprint();
            _members = [.. _members, member];
            _background.Add(member, Task.Run(() => LoadMemberAsync(member, _stop.Token)));
        }

        WatchEndpoints();
        _logger.LogInformation("{Member} was added and is being loaded from {Path}", options.Name, options.Source);
        Changed?.Invoke();
        return member;
    }

    /// <summary>
    /// Takes a member out: it accepts nothing new, what runs finishes, then its memory is freed and its name is free.
    /// </summary>
    /// <returns>Ends when the member is gone. Null if there is none of that name.</returns>
    /// <exception cref="PoolChangeException">It is the last one, or is being removed already.</exception>
    public Task? Remove(string name)
    {
        Task removal;
        lock (_changing)
        {
            if (Find(name) is not { } member)
                return null;
            if (member.State == MemberState.Draining)
                throw new PoolChangeException($"The model '{name}' is being removed already.");
            if (_members.All(m => m == member || m.State == MemberState.Draining))
                throw new PoolChangeException($"The model '{name}' is the last one of the pool.");
            removal = Free(member);
        }

        _logger.LogInformation("{Member} is being removed; what runs on it finishes first", name);
        Changed?.Invoke();
        return removal;
    }

    /// <summary>From now on no member takes new work; what runs goes on.</summary>
    public void Drain()
    {
        foreach (PoolMember member in _members)
            member.Drain();
    }

    /// <summary>Ends what runs and frees the models.</summary>
    public void Dispose()
    {
        Task[] background;
        lock (_changing)
        {
            _stop.Cancel();
            background = [.. _background.Values, _reloading, _connecting, _endpoints ?? Task.CompletedTask];
        }

        _watcher.Dispose();
        Task.WaitAll(background);
        Task[] rest;
        lock (_changing)
            rest = [.. _background.Values];  // what a reload had begun
        Task.WaitAll(rest);
        foreach (PoolMember member in _members)
            member.Dispose();
        _oneAtATime.Dispose();
        _stop.Dispose();
    }

    /// <summary>Looks now, not at the next interval, whether the members' files are still those that were loaded.</summary>
    internal void CheckFiles() => _watcher.CheckAll();

    private static async Task<IMember> LoadAnyAsync(
        MemberOptions options, PrefixStore? prefixes, ILogger logger, CancellationToken cancellationToken) =>
        options.Remote is { } remote
            ? await RemoteMember.ConnectAsync(remote, logger, TimeProvider.System, cancellationToken)
            : await LanguageModel.LoadAsync(options.Model! with { Name = options.Name, PrefixStore = prefixes }, logger, cancellationToken);

    private static PoolMember? Find(PoolMember[] members, string name)
    {
        PoolMember? found = null;
        foreach (PoolMember member in members)
        {
            if (string.Equals(member.Name, name, StringComparison.Ordinal) && (found is null || member.State != MemberState.Draining))
                found = member;
        }

        return found;
    }

    private void WatchEndpoints()
    {
        if (_members.Any(m => m.Options.Remote is not null))
            _endpoints ??= Task.Run(() => new EndpointWatcher(this, _logger).LoopAsync(_stop.Token));
    }

    /// <summary>Tries again to reach an endpoint that could not be; the pool is as if it had just been added.</summary>
    internal async Task ReconnectAsync(PoolMember member)
    {
        if (!member.TryBeginAgain())
            return;
        await LoadMemberAsync(member, _stop.Token);
    }

    private async Task ConnectAsync(PoolMember[] endpoints, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        await Task.WhenAll(endpoints.Select(member => LoadMemberAsync(member, either.Token)));
    }

    private async Task LoadMemberAsync(PoolMember member, CancellationToken cancellationToken)
    {
        if (member.Options.Model is { } model)
            await LoadFileAsync(member, model, cancellationToken);
        else
            await member.LoadAsync(_load, _logger, cancellationToken);

        // Only now it is known which model it is.
        if (member.State == MemberState.Ready)
            Changed?.Invoke();
    }

    /// <summary>Counts together what is loaded one after the other, so that the first does not take what the last needs.</summary>
    private void PlanMemory(IEnumerable<PoolMember> members)
    {
        PoolMember[] local = [.. members.Where(m => m.Options.Model is not null)];
        IReadOnlyList<ModelOptions> plan;
        try
        {
            plan = MemoryFit.Plan([.. local.Select(Tuned)], _logger);
        }
        catch (EngineException)
        {
            return; // Without the native library no member can be loaded, and loading says so of each.
        }

        for (int i = 0; i < local.Length; i++)
            local[i].Planned = plan[i];
    }

    /// <summary>How a member is loaded: as configured, and what that leaves open as it was tuned on this machine.</summary>
    private ModelOptions Tuned(PoolMember member)
    {
        ModelOptions model = member.Options.Model!;
        if (FindTuning(member, model) is not { } tuning)
            return model;
        TunedSettings open = tuning.Settings.OpenIn(member.NamesThreads ? model : model with { Threads = null });
        member.Tuning = tuning with { Settings = open };
        _logger.LogInformation("{Member} is served as it was tuned at {Time:u}: {Settings}", member.Name, tuning.TunedAt, open.InWords);
        return open.ApplyTo(model);
    }

    private SavedTuning? FindTuning(PoolMember member, ModelOptions model)
    {
        if (_tunings is null)
            return null;
        member.ReadFingerprint();
        if (member.Fingerprint is not { } fingerprint)
            return null;
        try
        {
            return _tunings.Find(TuningKey.Of(fingerprint, model, member.Share, _logger));
        }
        catch (EngineException)
        {
            return null; // loading says why there is no llama.cpp
        }
    }

    // One at a time: each takes all of the disk, and the memory that is free is what the last one left.
    private async Task LoadFileAsync(PoolMember member, ModelOptions model, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(CancellationToken.None);
        try
        {
            member.ReadFingerprint();
            member.Planned ??= Tuned(member);
            FileStamp? file = FileStamp.TryRead(model);
            await member.LoadAsync(_load, _logger, cancellationToken);
            if (file is not null && member.State == MemberState.Ready)
                _watcher.Watch(member, file);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task FreeAsync(PoolMember member, Task idle)
    {
        await member.Loaded;
        await idle.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _watcher.Forget(member);
        member.Dispose();
        lock (_changing)
        {
            _members = [.. _members.Where(m => m != member)];
            _background.Remove(member);
        }

        _logger.LogInformation("{Member} is removed", member.Name);
        Changed?.Invoke();
    }

    /// <summary>A member that names no threads gets its share of the cores.</summary>
    private static PoolMember MemberOf(MemberOptions options, int members)
    {
        if (options.Model is not { } model)
            return new(options);
        int share = ModelOptions.DefaultThreads(Environment.ProcessorCount, members);
        return new(options with { Model = model with { Threads = model.Threads ?? share } }) { Share = share, NamesThreads = model.Threads is not null };
    }
}
