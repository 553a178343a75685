using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Hosting;

/// <summary>Says when as many connections are open as may be, at most once a minute: whoever comes then is turned away unheard. Thread-safe.</summary>
internal sealed class ConnectionCount(int limit, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _open;
    private long? _told;

    public async Task CountAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Interlocked.Increment(ref _open) >= limit)
            Tell();
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private void Tell()
    {
        lock (_lock)
        {
            long now = Environment.TickCount64;
            if (now - _told < Interval.TotalMilliseconds)
                return;
            _told = now;
        }

        logger.LogWarning("{Count} connections are open, which is as many as may be: new ones are closed", limit);
    }
}
