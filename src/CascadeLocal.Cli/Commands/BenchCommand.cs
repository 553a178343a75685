using System.CommandLine;

using CascadeLocal.Calibration.Load;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Cli.Terminal;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade bench: puts OpenAI-compatible endpoints under load and takes their times.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command command = new("bench", "Put running servers under load: TTFT, TPOT, ITL, E2EL, tokens per second and goodput");
        BenchFlags flags = new(command);
        command.SetAction((result, _) => RunAsync(flags, result));
        return command;
    }

    private static async Task<int> RunAsync(BenchFlags flags, ParseResult result)
    {
        PlotOutput.Check(flags.Plot(result));
        using StopSignals signals = new();
        IReadOnlyList<LoadTarget> targets = flags.Targets(result);
        List<LoadRunReport> runs = [];
        try
        {
            await MeasureAsync(targets, flags.Loads(result), flags.Workload(result), flags.Rounds(result, targets.Count), runs, signals.Token);
        }
        catch (OperationCanceledException) when (runs.Count > 0)
        {
            await Console.Error.WriteLineAsync("Stopped: these are the runs that have ended.");
        }

        LoadReport report = new(runs);
        if (flags.Json(result))
            BenchTables.PrintJson(report);
        else
            BenchTables.Print(report);
        PlotOutput.Write(flags.Plot(result), path => LoadPlot.Save(report, path));
        // A run of which nothing came is no measurement, nor is one that was stopped what was asked for.
        return !signals.Token.IsCancellationRequested && report.Runs.All(run => run.Figures.Requests > run.Figures.Failed) ? 0 : 1;
    }

    private static async Task MeasureAsync(
        IReadOnlyList<LoadTarget> targets, IReadOnlyList<LoadOptions> loads, Workload workload, int rounds, List<LoadRunReport> runs, CancellationToken cancellationToken)
    {
        int next = 0;
        foreach (LoadOptions load in loads)
            for (int round = 1; round <= rounds; round++)
            {
                // In a round all are asked the same, and none anything that it was asked before.
                int asked = 0;
                foreach ((int endpoint, LoadTarget target) in targets.Index())
                {
                    using LoadRun run = new(target, load, workload, next);
                    LoadFigures figures = await run.RunAsync(cancellationToken);
                    asked = Math.Max(asked, run.Conversations);
                    runs.Add(new(target.Url.ToString().TrimEnd('/'), target.Model, load.Concurrency, round, figures) { Endpoint = endpoint });
                    BenchTables.Progress(runs[^1], rounds);
                }

                next += asked;
            }
    }
}
