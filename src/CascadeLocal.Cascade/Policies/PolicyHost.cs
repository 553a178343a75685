using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Drift;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Policies;

/// <summary>
/// Keeps the policy in force. A new one replaces it in one step or is refused with the reason; a request that has begun goes
/// on with what it read. Thread-safe.
/// </summary>
public sealed class PolicyHost : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ModelPool _pool;
    private readonly EmbedderHost _embedders;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _loading = new(1);
    private readonly Lock _applying = new();
    private readonly CancellationTokenSource _stop = new();
    // Kept while the pool has none of its models, which may come back.
    private LoadedPolicy? _source;
    private volatile RoutingTable? _table;
    private volatile string? _folder;
    private volatile string? _refusal;
    private volatile bool _isRefusalOld;
    private DateTime? _seen;
    private DateTime? _tried;
    private Task _watching = Task.CompletedTask;

    /// <param name="pool">The pool that policies are applied to.</param>
    /// <param name="folder">Where the policy is looked for, or null for nowhere.</param>
    /// <param name="embedders">Has the embedder, which is loaded when the first policy needs it; not owned.</param>
    /// <param name="logger">Told what is in force and what is refused.</param>
    public PolicyHost(ModelPool pool, string? folder, EmbedderHost embedders, ILogger logger)
    {
        _pool = pool;
        _folder = folder;
        _embedders = embedders;
        _logger = logger;
        Drift = new DriftMonitor(() => _table?.Source, logger);
        pool.Changed += ApplyToPool;
    }

    /// <summary>Where the policy is looked for; null for nowhere.</summary>
    public string? Folder => _folder;

    /// <summary>Names the policy in force; null without one.</summary>
    public string? Version => _table?.Source.Version;

    /// <summary>Why the last policy was refused; null if it was not.</summary>
    public string? Refusal => _refusal;

    /// <summary>Says whether traffic is still what the policy in force was fitted for; it has to see all requests.</summary>
    public DriftMonitor Drift { get; }

    /// <summary>What is known of the policy in force; null without one.</summary>
    public AppliedPolicy? Applied => _table?.Applied;

    /// <summary>What is in force; null without a policy.</summary>
    internal RoutingTable? Table => _table;

    /// <summary>The embedder, once a policy is in force.</summary>
    internal IEmbedder? Embedder => _embedders.Current;

    /// <summary>The models of the clusters, by the clusters' names; empty without a policy.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Assignment =>
        _table is { } table ? [.. table.Clusters.Select((name, c) => KeyValuePair.Create(name, table.ModelOf(c)))] : [];

    /// <summary>
    /// Puts the policy of the configured folder in force, if there is one, and from then on every one that replaces it. One
    /// that cannot be used is logged, and the pool is served without.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_folder is null)
            return;
        _seen = _tried = LastWrite(_folder);
        if (_seen is null)
            _logger.LogWarning("There is no policy in {Folder} yet: 'cascade' means the strongest member", _folder);
        else
            await TryLoadAsync(_folder, cancellationToken);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Puts a policy in force.</summary>
    /// <param name="folder">Its folder; null reads the present one again.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="PolicyRefusedException">It cannot be used; the one in force still is.</exception>
    public async Task LoadAsync(string? folder, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            await LoadFromAsync(folder ?? _folder ?? throw new PolicyRefusedException("No folder of a policy is named or configured."), cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _pool.Changed -= ApplyToPool;
        _stop.Cancel();
        _watching.GetAwaiter().GetResult();
        _loading.Dispose();
        _stop.Dispose();
    }

    /// <summary>Puts a policy in force that is in memory.</summary>
    /// <exception cref="PolicyRefusedException">It cannot be used; the one in force still is.</exception>
    /// <exception cref="EmbeddingException">The embedder cannot be loaded.</exception>
    internal async Task UseAsync(LoadedPolicy loaded, CancellationToken cancellationToken)
    {
        IEmbedder embedder = await _embedders.GetAsync(cancellationToken);
        lock (_applying)
        {
            PolicyCheck.Require(loaded.Policy, embedder, [.. _pool.Members.Where(m => m.State != MemberState.Draining)]);
            _table = RoutingTable.Build(loaded, _pool.Members);
            _source = loaded;
        }
    }

    /// <summary>Looks once whether the policy was replaced. It is read when it was seen unchanged twice.</summary>
    internal async Task CheckFolderAsync()
    {
        if (_folder is not { } folder)
            return;
        DateTime? now = LastWrite(folder);
        bool isStable = now == _seen;
        _seen = now;
        if (!isStable || now is null || (now == _tried && !_isRefusalOld))
            return;
        _tried = now;
        _isRefusalOld = false;
        await TryLoadAsync(folder, _stop.Token);
    }

    // The pool is read under the lock: whoever comes last has seen the pool as it is, whatever order the changes were told in.
    private void ApplyToPool()
    {
        lock (_applying)
        {
            try
            {
                if (_source is { } source)
                    _table = RoutingTable.Build(source, _pool.Members);
                // What was refused may have been for the pool as it is now.
                _isRefusalOld = _refusal is not null;
            }
            catch (Exception e)
            {
                // Whoever changes the pool is to go on.
                _logger.LogError(e, "The policy cannot be applied to the pool as it is now; it stays as it was");
            }
        }
    }

    // Whoever has the turn to load.
    private async Task LoadFromAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            DateTime? written = LastWrite(folder); // Before it is read: what replaces it meanwhile is seen.
            LoadedPolicy loaded = await Task.Run(() => LoadedPolicy.Read(folder), cancellationToken);
            await UseAsync(loaded, cancellationToken);
            _folder = folder;
            _refusal = null;
            _seen = _tried = written;
            _logger.LogInformation("Policy {Version} of {Folder} is in force: {Models}", loaded.Version, folder, string.Join(", ", _table?.Routed ?? []));
        }
        catch (EmbeddingException e)
        {
            throw new PolicyRefusedException($"The embedder cannot be loaded: {e.Message}", e);
        }
    }

    private async Task TryLoadAsync(string folder, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            // Whoever named another folder meanwhile has the last word.
            if (_folder == folder)
                await LoadFromAsync(folder, cancellationToken);
        }
        catch (PolicyRefusedException e)
        {
            Refuse(e.Message, null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody foresaw it; the watching goes on, and so does what is served.
            Refuse($"It cannot be read for a fault of this program: {e.Message}", e);
        }
        finally
        {
            _loading.Release();
        }
    }

    private void Refuse(string reason, Exception? fault)
    {
        _refusal = reason;
        _logger.LogError(fault, "The policy is refused, {Before}: {Reason}", Version is { } version ? $"{version} stays" : "none is in force", reason);
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await TryCheckFolderAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host is being disposed.
        }
    }

    private async Task TryCheckFolderAsync()
    {
        try
        {
            await CheckFolderAsync();
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            _logger.LogError(e, "The policy's folder cannot be looked at now; it is again at the next interval");
        }
    }

    // The document is renamed into place last.
    private static DateTime? LastWrite(string folder)
    {
        FileInfo document = new(Path.Combine(folder, PolicyFolder.DocumentName));
        return document.Exists ? document.LastWriteTimeUtc : null;
    }
}

/// <summary>A policy cannot be put in force; the message says why. Whatever was in force still is.</summary>
public sealed class PolicyRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Compares the last requests with what the policy in force was fitted for, and raises an alarm where they are others. While it is
/// raised nothing is promised. A new policy begins anew. Thread-safe.
/// </summary>
public sealed class DriftMonitor : ICascadeObserver
{
    private const int Window = 1_000;
    private const int CheckEvery = TrafficDrift.Fewest;

    private readonly Lock _lock = new();
    private readonly Func<LoadedPolicy?> _policy;
    private readonly ILogger _logger;
    private readonly Queue<SeenRequest> _seen = new();
    private string? _version;
    private int _unchecked;
    private volatile bool _isAlarmed;

    internal DriftMonitor(Func<LoadedPolicy?> policy, ILogger logger) => (_policy, _logger) = (policy, logger);

    /// <summary>Whether traffic is other than the policy was fitted for.</summary>
    public bool IsAlarmed => _isAlarmed && _policy()?.Version == _version;

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        // In mode shadow it is not known yet whether the cascade would have escalated.
        if (!(outcome.AwaitsShadow && outcome.Decision.Mode == CascadeMode.Shadow))
            Take(outcome);
    }

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
        if (outcome.Decision.Mode == CascadeMode.Shadow)
            Take(outcome);
    }

    private void Take(CascadeOutcome outcome)
    {
        if (outcome.Delivered is null || outcome.Decision is not { Cluster: { } cluster, PolicyVersion: { } version })
            return;
        if (_policy() is not { } policy || policy.Version != version)
            return;
        lock (_lock)
        {
            if (_version != version)
            {
                _seen.Clear();
                (_version, _unchecked, _isAlarmed) = (version, 0, false);
            }

            _seen.Enqueue(new(cluster, EscalatedOf(outcome), outcome.Decision.IsNovel));
            if (_seen.Count > Window)
                _seen.Dequeue();
            if (++_unchecked < CheckEvery)
                return;
            _unchecked = 0;
            Check(policy.Policy);
        }
    }

    // Neither follow-ups that stay with their member nor what the fit did not know are what the expectation is about.
    private static bool? EscalatedOf(CascadeOutcome outcome)
    {
        CascadeOutcome? cascade = outcome.Decision.Mode == CascadeMode.Shadow ? outcome.Shadow?.Outcome : outcome;
        return cascade?.Decision is { Reason: RoutingReason.Cluster or RoutingReason.Forecast, IsNovel: false } ? cascade.Escalated : null;
    }

    private void Check(Policy policy)
    {
        Dictionary<string, int> live = _seen.CountBy(request => request.Cluster).ToDictionary();
        ClusterShift clusters = TrafficDrift.Clusters(
            [.. policy.Statistics.Clusters.Select(cluster => (double)live.GetValueOrDefault(cluster.Name))],
            [.. policy.Statistics.Clusters.Select(cluster => (double)cluster.Size)]);
        List<string> reasons = [];
        if (clusters.IsAlarming)
            reasons.Add(clusters.ToString());
        if (policy.Novelty is { } boundary)
        {
            NoveltyShift novel = TrafficDrift.Novel(_seen.Average(request => request.IsNovel ? 1.0 : 0), _seen.Count, boundary.Alpha, boundary.Distances.Length);
            if (novel.IsAlarming)
                reasons.Add(novel.ToString());
        }

        bool[] escalated = [.. _seen.Select(request => request.Escalated).OfType<bool>()];
        if (policy.Escalation?.Expected is { } expected && escalated.Length >= TrafficDrift.Fewest)
        {
            RateShift rate = TrafficDrift.Escalations(
                escalated.Average(e => e ? 1.0 : 0), escalated.Length, expected.EscalationRate, expected.Questions);
            if (rate.IsAlarming)
                reasons.Add(rate.ToString());
        }

        bool alarm = reasons.Count > 0;
        if (alarm && !_isAlarmed)
            _logger.LogWarning("Traffic is other than policy {Version} was fitted for, so nothing is promised: {Reasons}", _version, string.Join("; ", reasons));
        else if (!alarm && _isAlarmed)
            _logger.LogInformation("Traffic is again what policy {Version} was fitted for", _version);
        _isAlarmed = alarm;
    }
}

/// <summary>A request as far as drift is about it.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Escalated">Whether an answer was, or would have been, rejected; null where that says nothing.</param>
/// <param name="IsNovel">Whether it is unlike all that the policy was fitted to.</param>
internal readonly record struct SeenRequest(string Cluster, bool? Escalated, bool IsNovel);
