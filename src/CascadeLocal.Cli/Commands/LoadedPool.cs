using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine.Tuning;
using CascadeLocal.Server.Configuration;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Commands;

/// <summary>A pool for one command, loaded in the foreground.</summary>
internal sealed class LoadedPool : IDisposable
{
    private readonly ILoggerFactory _loggers;

    private LoadedPool(ServerOptions options)
    {
        // What failed is told by the command itself.
        _loggers = ConsoleLog.Create(LogLevel.Critical);
        ILogger logger = _loggers.CreateLogger("Pool");
        Pool = new ModelPool(options.Members, logger, prefixes: null, options.UsesTunings ? new(TuningFolder.Default, logger) : null);
    }

    public ModelPool Pool { get; }

    public static async Task<LoadedPool> LoadAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        LoadedPool loaded = new(options);
        await loaded.Pool.LoadAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            loaded.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return loaded;
    }

    /// <summary>The strongest member that is ready.</summary>
    /// <exception cref="CommandFailedException">None is; the message has each one's reason.</exception>
    public PoolMember RequireStrongest() => Pool.Strongest
        ?? throw new CommandFailedException(string.Join(Environment.NewLine, Pool.Members.Select(m => $"{m.Name}: {m.FailureReason}")));

    public void Dispose()
    {
        Pool.Dispose();
        _loggers.Dispose();
    }
}
