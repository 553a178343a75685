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
        ulong seed = flags.Seed(result);
        LoadTarget[] targets = [.. flags.Targets(result)];
        IReadOnlyList<LoadOptions> loads = flags.Loads(result, seed);
        int rounds = flags.Rounds(result, targets.Length);
        // An endpoint's lane is how many others of its server are before it.
        Workload[] workloads = flags.Workloads(result, seed, [.. targets.Select((target, i) => targets[..i].Count(other => other.Server == target.Server))]);
        List<LoadRunReport> runs = [];
        try
        {
            await MeasureAsync(targets, loads, workloads, rounds, runs, signals.Token);
        }
        catch (OperationCanceledException) when (runs.Count > 0)
        {
            // What has ended is reported.
        }

        if (signals.Token.IsCancellationRequested)
            await Console.Error.WriteLineAsync($"Stopped: these are the {(runs[^1].Figures.IsStopped ? "requests" : "runs")} that have ended.");
        LoadReport report = new(flags.Settings(result, seed), runs);
        int asked = runs.GroupBy(run => targets[run.Endpoint].Server).Max(ofServer => ofServer.Sum(run => run.Conversations));
        if (report.Options is { Data: { } data, Recurring: null } && asked > workloads[0].Different)
            await Console.Error.WriteLineAsync(
                $"One server was asked {asked} times, and {data} has {workloads[0].Different} questions: those that came again may have been in its prefix cache.");
        if (flags.Json(result))
            BenchTables.PrintJson(report, loads.Count * rounds * targets.Length == 1);
        else
            BenchTables.Print(report);
        PlotOutput.Write(flags.Plot(result), path => LoadPlot.Save(report, path));
        // A run of which nothing came is no measurement, nor is one that was stopped what was asked for.
        return !signals.Token.IsCancellationRequested && report.Runs.All(run => run.Figures.Requests > run.Figures.Failed) ? 0 : 1;
    }

    private static async Task MeasureAsync(
        LoadTarget[] targets, IReadOnlyList<LoadOptions> loads, Workload[] workloads, int rounds, List<LoadRunReport> runs, CancellationToken cancellationToken)
    {
        int next = 0;
        foreach (LoadOptions load in loads)
            for (int round = 1; round <= rounds; round++)
            {
                // In a round all have the same numbers, and none any that it had before.
                int begun = 0;
                for (int turn = 0; turn < targets.Length; turn++)
                {
                    // Every other round goes the other way, so that none always follows the same one.
                    int endpoint = round % 2 == 1 ? turn : targets.Length - 1 - turn;
                    LoadTarget target = targets[endpoint];
                    using LoadRun run = new(target, load, workloads[endpoint], next);
                    LoadFigures figures = await run.RunAsync(cancellationToken);
                    begun = Math.Max(begun, run.Conversations);
                    runs.Add(new(target.Url.ToString().TrimEnd('/'), target.Model, load.Concurrency, round, figures)
                    {
                        Endpoint = endpoint,
                        Conversations = run.Conversations,
                    });
                    BenchTables.Progress(runs[^1], rounds);
                    if (figures.IsStopped)
                        return;
                }

                next += begun;
            }
    }
}
