using System.CommandLine;

using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Soak;

/// <summary>The soak test: streams for minutes, and memory that does not grow.</summary>
internal static class SoakCommand
{
    /// <summary>The command <c>soak</c>.</summary>
    public static Command Create()
    {
        Command command = new("soak", "Keep a model busy with many streams; fails if resident memory grows or a request does");
        Option<string?> model = new("--model")
        {
            Description = "The GGUF file (default: the largest of the benchmarks' models)",
            HelpName = "file",
        };
        Option<int> streams = new("--streams") { Description = "Requests at any time", DefaultValueFactory = _ => 16 };
        Option<int> seconds = new("--seconds") { Description = "How long, after the warm-up", DefaultValueFactory = _ => 120 };
        Option<int> warmUp = new("--warm-up") { Description = "Seconds before memory counts", DefaultValueFactory = _ => 30 };
        Option<double> limit = new("--limit-mb") { Description = "Megabytes by which memory may grow", DefaultValueFactory = _ => 20 };
        Option<int?> threads = new("--threads") { Description = "Threads of one decode (default: all cores but one)" };
        foreach (Option option in (Option[])[model, streams, seconds, warmUp, limit, threads])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            string? path = result.GetValue(model) ?? BenchModels.All().LastOrDefault()?.Path;
            if (path is null)
            {
                await Console.Error.WriteLineAsync("No model was found. Name one with --model.");
                return 1;
            }

            SoakOptions options = new()
            {
                Streams = result.GetValue(streams),
                WarmUp = TimeSpan.FromSeconds(result.GetValue(warmUp)),
                Duration = TimeSpan.FromSeconds(result.GetValue(seconds)),
                GrowthLimitMegabytes = result.GetValue(limit),
            };
            return await RunAsync(path, result.GetValue(threads), options, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string path, int? threads, SoakOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using LanguageModel model = await LanguageModel.LoadAsync(
                new ModelOptions { Path = path, Parallel = options.Streams, ContextLength = 1024, Threads = threads },
                NullLogger.Instance,
                cancellationToken);
            bool passed = await new SoakRun(model, options).RunAsync(Console.Out, cancellationToken);
            return passed ? 0 : 1;
        }
        catch (Exception error) when (error is ModelLoadException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }
}
