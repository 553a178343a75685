using System.CommandLine;
using System.Runtime.InteropServices;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Tuning;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Hosting;

using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade serve: answers over HTTP until it is told to stop.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        Command command = new("serve", "Serve the models over HTTP, as OpenAI's API does");
        Option<string[]> models = new("--model")
        {
            Description = "A GGUF file to serve; may be given several times (default: the pool of cascade.json, else the shipped tier)",
            HelpName = "file",
            DefaultValueFactory = _ => [],
        };
        command.Options.Add(models);
        SettingsFlags settings = new(command, server: true);
        command.SetAction((result, _) => RunAsync(settings.Load(result, result.GetValue(models)!)));
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options)
    {
        using StopSignals signals = new(takesSecond: true);
        using ILoggerFactory loggers = ConsoleLog.Create(LogLevel.Information);
        using PrefixFolder? folder = options.PrefixCacheFolder is { } path ? OpenFolder(path, loggers) : null;
        using PrefixStore? prefixes = options.PrefixCacheBytes > 0 ? new(options.PrefixCacheBytes, folder) : null;
        ILogger logger = loggers.CreateLogger("Pool");
        using ModelPool pool = new(options.Members, logger, prefixes, options.UsesTunings ? new(TuningFolder.Default, logger) : null);
        await using CascadeServer server = new(options, pool, loggers);
        await server.StartAsync();
        // A terminal that closes sends it as well, and then the program shall end.
        using PosixSignalRegistration? reload = Console.IsInputRedirected
            ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                server.ReloadPool();
            })
            : null;

        SystemdNotifier systemd = new();
        if (await Task.WhenAny(server.Loaded, signals.First) == server.Loaded)
            systemd.Notify(ServiceState.Ready);
        await signals.First;
        systemd.Notify(ServiceState.Stopping);
        Task drain = server.DrainAsync();
        if (await Task.WhenAny(drain, signals.Second) == signals.Second)
            server.Abort();
        await drain;
        return 0;
    }

    private static PrefixFolder OpenFolder(string path, ILoggerFactory loggers)
    {
        try
        {
            return new(path, loggers.CreateLogger("Prefixes"));
        }
        catch (PrefixFolderException e)
        {
            throw new ConfigurationException($"prefix_cache_dir: {e.Message}", e);
        }
    }
}
