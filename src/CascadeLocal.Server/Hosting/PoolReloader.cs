using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Configuration;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Hosting;

/// <summary>Brings the pool to what the configuration says now.</summary>
internal sealed class PoolReloader(ServerOptions options, ModelPool pool, ILogger logger)
{
    /// <exception cref="ConfigurationException">The configuration cannot be used; the pool stays as it is.</exception>
    /// <exception cref="PoolChangeException">The pool cannot be changed now.</exception>
    public PoolReload Reload() => pool.Reload(options.ReadMembers?.Invoke() ?? options.Members);

    /// <summary>The same for whoever cannot be told; the log is.</summary>
    public void TryReload()
    {
        try
        {
            Reload();
        }
        catch (Exception e) when (e is ConfigurationException or PoolChangeException)
        {
            logger.LogError("The pool is not reloaded: {Reason}", e.Message);
        }
    }
}
