using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

/// <summary>
/// Looks after the members elsewhere: one that could not be reached is tried again, of one that answers it is asked now and then who
/// it is.
/// </summary>
internal sealed class EndpointWatcher(ModelPool pool, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private const int IdentityEvery = 6;

    /// <summary>Goes on until it is cancelled; never fails.</summary>
    public async Task LoopAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            for (int round = 1; await timer.WaitForNextTickAsync(stop); round++)
            {
                foreach (PoolMember member in pool.Members)
                    await TryCheckAsync(member, round % IdentityEvery == 0, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The pool is being disposed.
        }
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
