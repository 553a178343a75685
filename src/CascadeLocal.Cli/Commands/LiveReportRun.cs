using System.CommandLine;
using System.Net.Http.Headers;

using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Cli.Terminal;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report --live.</summary>
internal static class LiveReportRun
{
    public static async Task<int> RunAsync(ReportFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        ulong seed = result.GetValue(flags.Seed);
        LiveRun run = new(QueryFile.Read(result.GetValue(flags.Live)!), new()
        {
            Models = [.. result.GetValue(flags.Models)!.Distinct()],
            Concurrency = result.GetValue(flags.Concurrency),
            Runs = result.GetValue(flags.Runs),
            Seed = seed,
        });
        using HttpClient client = new() { BaseAddress = flags.AddressOf(result), Timeout = Timeout.InfiniteTimeSpan };
        if (flags.KeyOf(result) is { } key)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using StopSignals signals = new();
        try
        {
            await StageProgress.RunAsync("Asking the server", async progress =>
            {
                await run.RunAsync(client, progress, signals.Token);
                return true;
            });
        }
        catch (OperationCanceledException) when (run.Ended > 0)
        {
            await Console.Error.WriteLineAsync($"Stopped: this is of the {run.Ended} runs that have ended.");
        }
        catch (LiveException e)
        {
            throw new CommandFailedException(e.Message);
        }

        LiveReport report = LiveReport.Of(run, seed, cancellationToken);
        if (result.GetValue(flags.Json))
            ReportOutput.PrintJson(report, EvaluationJson.Default.LiveReport);
        else
            LiveTables.Print(report);
        return run.Ended == run.Options.Runs ? 0 : 1;
    }
}
