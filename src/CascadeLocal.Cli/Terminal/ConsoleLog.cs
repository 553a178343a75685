using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Terminal;

/// <summary>The program's log: one plain line per record, on standard error.</summary>
internal static class ConsoleLog
{
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level);
        // The framework repeats what the server says, and calls a stream that we closed on purpose an error.
        logging.AddFilter("Microsoft", LogLevel.None);
        // The framework's own console provider makes those who log wait when nobody reads it.
#pragma warning disable CA2000 // The factory disposes of it.
        logging.AddProvider(new LineLog(Console.OpenStandardError()));
#pragma warning restore CA2000
    });
}
