using CascadeLocal.Cascade.Files;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>The models that are served together. Thread-safe.</summary>
public sealed class ModelPool : IDisposable
{
    private readonly ILogger _logger;
    private readonly MemberLoader _load;
    private readonly ModelFileWatcher _watcher;
    private volatile bool _loaded;

    /// <summary>Makes a pool whose members run in this process; nothing is loaded yet.</summary>
    /// <exception cref="ArgumentException">No member, or two of one name.</exception>
    public ModelPool(IReadOnlyList<MemberOptions> members, ILogger logger)
        : this(members, logger, LocalBackend.LoadAsync)
    {
    }

    /// <summary>Makes a pool whose members are loaded by <paramref name="load"/>; nothing is loaded yet.</summary>
    /// <exception cref="ArgumentException">No member, or two of one name.</exception>
    public ModelPool(IReadOnlyList<MemberOptions> members, ILogger logger, MemberLoader load)
    {
        if (members.Count == 0)
            throw new ArgumentException("A pool needs at least one member.", nameof(members));
        if (members.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two members are called '{twice.Key}'.", nameof(members));

        int threads = Math.Max(1, Environment.ProcessorCount / members.Count);
        Members = [.. members.Select(m => new PoolMember(m with { Model = WithThreads(m.Model, threads) }))];
        _logger = logger;
        _load = load;
        _watcher = new ModelFileWatcher(logger);
    }

    /// <summary>The members in the order of the configuration.</summary>
    public IReadOnlyList<PoolMember> Members { get; }

    /// <summary>Whether some member is not yet ready or failed.</summary>
    public bool IsLoading => !_loaded;

    /// <summary>The ready member with the most parameters (of equal ones the first), or null if none is ready.</summary>
    public PoolMember? Strongest => Members
        .Where(m => m.State == MemberState.Ready)
        .MaxBy(m => m.Info!.ParameterCount);

    /// <summary>The member of that name, whatever its state, or null.</summary>
    public PoolMember? Find(string name) =>
        Members.FirstOrDefault(m => string.Equals(m.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// Loads the members one after the other; one that fails leaves the others serving. Never throws for a member.
    /// </summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (PoolMember member in Members)
        {
            ModelFileFingerprint? file = ModelFileFingerprint.TryRead(member.Options.Model.Path);
            await member.LoadAsync(_load, _logger, cancellationToken);
            if (file is not null && member.State == MemberState.Ready)
                _watcher.Watch(member, file);
        }

        _loaded = true;
        if (Strongest is not { } strongest)
            _logger.LogError("No model is ready; every request will be answered with 503");
        else if (Members.Count > 1)
            _logger.LogInformation("No policy is fitted: 'cascade' means the strongest member, {Member}", strongest.Name);
    }

    /// <summary>From now on no member takes new work; what runs goes on.</summary>
    public void Drain()
    {
        foreach (PoolMember member in Members)
            member.Drain();
    }

    /// <summary>Ends what runs and frees the models.</summary>
    public void Dispose()
    {
        _watcher.Dispose();
        foreach (PoolMember member in Members)
            member.Dispose();
    }

    /// <summary>Looks now, not at the next interval, whether the members' files are still those that were loaded.</summary>
    internal Task CheckFilesAsync(CancellationToken cancellationToken) => _watcher.CheckAllAsync(cancellationToken);

    private static ModelOptions WithThreads(ModelOptions options, int threads) =>
        options.Threads is null ? options with { Threads = threads } : options;
}
