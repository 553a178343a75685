using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <content>Bringing the pool to another list of members.</content>
public sealed partial class ModelPool
{
    private Task _reloading = Task.CompletedTask;

    /// <summary>
    /// Brings the pool to a list of members, while requests run: what is new is loaded, what is gone drains, and whoever has
    /// other settings or had failed is replaced. Nobody leaves before those that come are loaded. A member that cannot be
    /// loaded leaves its predecessor serving.
    /// </summary>
    /// <param name="wanted">The members; names are unique.</param>
    /// <returns>What is being done; it goes on in the background.</returns>
    /// <exception cref="ArgumentException">No member, or two of one name.</exception>
    /// <exception cref="PoolChangeException">The last reload has not ended.</exception>
    public PoolReload Reload(IReadOnlyList<MemberOptions> wanted)
    {
        RequireUnique(wanted);
        PoolReload change;
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (!_reloading.IsCompleted)
                throw new PoolChangeException("The pool is being reloaded already.");

            PoolMember[] present = [.. _members.Where(m => m.State != MemberState.Draining)];
            PoolMember? Present(MemberOptions options) => Array.Find(present, m => m.Name == options.Name);
            (PoolMember Old, MemberOptions New)[] replaced =
            [
                .. wanted.Where(w => Present(w) is { } old && !IsAsWanted(old, w)).Select(w => (Present(w)!, w)),
            ];
            PoolMember[] added = [.. wanted.Where(w => Present(w) is null).Select(w => MemberOf(w, wanted.Count))];
            PoolMember[] removed = [.. present.Where(m => wanted.All(w => w.Name != m.Name))];
            string[] changed = [.. replaced.Select(r => r.New.Name)];
            change = new(
                [.. added.Select(m => m.Name)],
                changed,
                [.. removed.Select(m => m.Name)],
                [.. wanted.Where(w => Present(w) is not null).Select(w => w.Name).Except(changed)]);
            _members = [.. _members, .. added];
            _reloading = Task.Run(() => ReloadAsync(added, replaced, removed, wanted.Count));
        }

        _logger.LogInformation(
            "The pool is reloaded: added [{Added}], replaced [{Replaced}], removed [{Removed}]",
            string.Join(", ", change.Added), string.Join(", ", change.Replaced), string.Join(", ", change.Removed));
        WatchEndpoints();
        if (change.Added.Count > 0)
            Changed?.Invoke();
        return change;
    }

    /// <summary>Ends when the last reload has ended.</summary>
    internal Task Reloaded => _reloading;

    private static void RequireUnique(IReadOnlyList<MemberOptions> members)
    {
        if (members.Count == 0)
            throw new ArgumentException("A pool needs at least one member.", nameof(members));
        if (members.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two members are called '{twice.Key}'.", nameof(members));
    }

    /// <summary>Whether a member serves, or is going to, with these settings. Threads that nobody named may stay as they are.</summary>
    private static bool IsAsWanted(PoolMember member, MemberOptions wanted) =>
        member.State != MemberState.Failed
        && member.Options == wanted with
        {
            Model = wanted.Model is { } model ? model with { Threads = model.Threads ?? member.Options.Model?.Threads } : null,
        };

    private async Task ReloadAsync(
        PoolMember[] added, (PoolMember Old, MemberOptions New)[] replaced, PoolMember[] removed, int members)
    {
        PlanMemory(added);
        // Endpoints beside the files, as at the start.
        Task endpoints = Task.WhenAll(
            [
                .. added.Where(m => m.Options.Remote is not null).Select(m => LoadMemberAsync(m, _stop.Token)),
                .. replaced.Where(r => r.New.Remote is not null).Select(r => ReplaceAsync(r.Old, MemberOf(r.New, members))),
            ]);
        foreach (PoolMember member in added.Where(m => m.Options.Remote is null))
            await LoadMemberAsync(member, _stop.Token);
        foreach ((PoolMember old, MemberOptions options) in replaced.Where(r => r.New.Remote is null))
            await ReplaceAsync(old, MemberOf(options, members));
        await endpoints;
        foreach (PoolMember member in removed)
            Leave(member);
    }

    private async Task ReplaceAsync(PoolMember old, PoolMember next)
    {
        await LoadMemberAsync(next, _stop.Token);
        bool isServed = next.State == MemberState.Ready;
        lock (_changing)
        {
            // It may have been taken out meanwhile, and whoever did that wants no successor either.
            bool isTaken = isServed && _members.Contains(old) && old.State != MemberState.Draining && !_stop.IsCancellationRequested;
            if (isTaken)
            {
                _members = [.. _members.Select(m => m == old ? next : m), old];
                Free(old);
            }
            else
            {
                _watcher.Forget(next);
                next.Dispose();
            }
        }

        if (isServed)
            Changed?.Invoke();
        else
            _logger.LogError("{Member} is not replaced, the old one stays: {Reason}", next.Name, next.FailureReason);
    }

    /// <summary>Takes a member out, unless nobody would be left who can answer.</summary>
    private void Leave(PoolMember member)
    {
        lock (_changing)
        {
            if (!_members.Contains(member) || member.State == MemberState.Draining)
                return;
            if (member.State == MemberState.Ready && _members.All(m => m == member || m.State != MemberState.Ready))
            {
                _logger.LogError("{Member} is not removed: it is the only one that can answer", member.Name);
                return;
            }

            Free(member);
        }

        Changed?.Invoke();
    }

    /// <summary>Drains a member and frees it in the background; under the lock.</summary>
    private Task Free(PoolMember member)
    {
        Task idle = member.Drain();
        Task freed = Task.Run(() => FreeAsync(member, idle));
        _background[member] = freed;
        return freed;
    }
}

/// <summary>What a reload does to the members of a pool.</summary>
/// <param name="Added">Names that are new; they are being loaded.</param>
/// <param name="Replaced">Names whose settings are others, or that had failed; the old one answers until the new one can.</param>
/// <param name="Removed">Names that are gone; they drain once what is loading has been loaded.</param>
/// <param name="Unchanged">All others.</param>
public sealed record PoolReload(
    IReadOnlyList<string> Added, IReadOnlyList<string> Replaced, IReadOnlyList<string> Removed, IReadOnlyList<string> Unchanged);

/// <summary>The pool cannot be changed like that; the message says why.</summary>
public sealed class PoolChangeException(string message) : Exception(message);
