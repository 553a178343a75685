using System.CommandLine;
using System.CommandLine.Parsing;

using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Cli.Commands;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Hosting;

namespace CascadeLocal.Cli;

/// <summary>Exit codes: 0 done, 1 failed with a reason on standard error, 2 wrong usage or a request that cannot be met.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static async Task<int> Main(string[] args)
    {
        RootCommand root = new("Serves a pool of local language models as one.")
        {
            ServeCommand.Create(),
            RunCommand.Create(),
            ModelsCommand.Create(),
            KeyCommand.Create(),
            CaptureCommand.Create(),
            ClusterCommand.Create(),
            FitCommand.Create(),
            ComposeCommand.Create(),
            ReportCommand.Create(),
            ReplayCommand.Create(),
            BenchCommand.Create(),
            TuneCommand.Create(),
            LibraryTrial.Create(),
        };
        ParseResult command = root.Parse(args is ["help", .. string[] named] ? [.. named, "--help"] : args);
        if (command.Errors.Count > 0)
        {
            foreach (string error in UsageErrors.Of(command))
                await Console.Error.WriteLineAsync(error);
            return WrongUsage;
        }

        if (EmptyValue(command) is { } empty)
        {
            await Console.Error.WriteLineAsync($"'{empty}' must not be empty.");
            return WrongUsage;
        }

        try
        {
            // Signals are the commands' own: the library would end the process before running requests have finished.
            return await command.InvokeAsync(new InvocationConfiguration
            {
                ProcessTerminationTimeout = null,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception e) when (e is ConfigurationException or InfeasibleBudgetException or InfeasiblePlanException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return WrongUsage;
        }
        catch (Exception e) when (e is ServerStartException or CommandFailedException or DataFileException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Files name themselves; what is left is most often standard output, on a disk that is full.
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Cancelled.");
            return Failed;
        }
    }

    // What a shell makes of a variable that is not set.
    private static string? EmptyValue(ParseResult command) => command.CommandResult.Children
        .Where(result => result.Tokens.Any(token => token.Value.Length == 0))
        .Select(result => result is OptionResult option ? option.Option.Name : result is ArgumentResult argument ? argument.Argument.Name : null)
        .FirstOrDefault();
}
