using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>
/// Looks after the members elsewhere: one that could not be reached is tried again, of one that answers it is asked now and then who
/// it is. None of them waits for another.
/// </summary>
internal sealed class EndpointWatcher(ModelPool pool, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private const int IdentityEvery = 6;

    /// <summary>Goes on until it is cancelled; never fails.</summary>
    public async Task LoopAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(Interval);
        Dictionary<PoolMember, Task> checks = [];
        try
        {
            for (int round = 1; await timer.WaitForNextTickAsync(stop); round++)
            {
                PoolMember[] idle = [.. pool.Members.Where(m => m.Options.Remote is not null && checks.GetValueOrDefault(m) is null or { IsCompleted: true })];
                checks = checks.Where(check => !check.Value.IsCompleted).ToDictionary();
                foreach (PoolMember member in idle)
                    checks[member] = TryCheckAsync(member, round % IdentityEvery == 0, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The pool is being disposed.
        }

        await Task.WhenAll(checks.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TryCheckAsync(PoolMember member, bool asksIdentity, CancellationToken stop)
    {
        try
        {
            await pool.ReconnectAsync(member);
            if (asksIdentity && member.Remote is { } remote)
                await remote.CheckIdentityAsync(stop);
        }
        // A time limit of a client of HTTP is told as a cancellation, too.
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            logger.LogError(e, "{Member} cannot be looked after now; it is again at the next interval", member.Name);
        }
    }
}
