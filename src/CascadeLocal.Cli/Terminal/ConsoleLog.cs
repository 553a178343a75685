using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>The program's log: one plain line per record, on standard error.</summary>
internal static class ConsoleLog
{
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level);
        // The framework repeats what the server says, and calls a stream that we closed on purpose an error.
        logging.AddFilter("Microsoft", LogLevel.None);
        logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.Services.AddSingleton<ConsoleFormatter, LineFormatter>();
    });
}
