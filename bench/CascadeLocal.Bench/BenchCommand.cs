using System.CommandLine;
using System.Globalization;

using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;

namespace CascadeLocal.Bench;

/// <summary>Runs benchmarks. What it does not know itself goes to BenchmarkDotNet.</summary>
internal static class BenchCommand
{
    /// <summary>BenchmarkDotNet's own limit is five minutes, which a larger model on a busy machine takes.</summary>
    private static readonly TimeSpan LongestBenchmark = TimeSpan.FromHours(1);

    /// <summary>The command, and the whole program's root.</summary>
    public static RootCommand Create()
    {
        RootCommand command = new("Run benchmarks; all other arguments are BenchmarkDotNet's, such as --filter '*Logits*', --list flat or --job dry")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        Option<string[]> models = new("--model")
        {
            Description = "A GGUF file, or a folder of them, to measure in place of the default tier and the tests' published model",
            HelpName = "path",
        };
        Option<int?> threads = new("--threads") { Description = "Threads of one decode (default: all cores but one)" };
        command.Options.Add(models);
        command.Options.Add(threads);
        command.SetAction(result =>
        {
            if (result.GetValue(models) is { Length: > 0 } paths)
                Environment.SetEnvironmentVariable(BenchModels.PathsVariable, string.Join(':', paths));
            if (result.GetValue(threads) is { } count)
                Environment.SetEnvironmentVariable(BenchModels.ThreadsVariable, count.ToString(CultureInfo.InvariantCulture));
            return Run([.. result.UnmatchedTokens]);
        });
        return command;
    }

    private static int Run(string[] arguments)
    {
        // In-process, since the benchmarks reach internals and the default toolchain would build a project per run.
        IConfig config = DefaultConfig.Instance
            .AddJob(Job.Default.WithToolchain(new InProcessEmitToolchain(LongestBenchmark, logOutput: true)).AsMutator())
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40));
        Summary[] summaries = [.. BenchmarkSwitcher.FromTypes(Types()).Run(arguments, config)];
        foreach (BenchmarkReport report in summaries.SelectMany(summary => summary.Reports))
        {
            foreach (Metric metric in report.Metrics.Values)
                Figures.Add($"{report.BenchmarkCase.Descriptor.Type.Name} [{report.BenchmarkCase.Parameters.DisplayInfo}] {metric.Descriptor.DisplayName}", metric.Value);
        }

        return summaries.All(Succeeded) ? 0 : 1;
    }

    /// <summary>All benchmarks, but without a model only those that need none: BenchmarkDotNet refuses an empty parameter.</summary>
    private static Type[] Types()
    {
        bool hasModels = BenchModels.All().Any();
        if (!hasModels)
            Console.Error.WriteLine($"No model was found; its benchmarks are left out. Name one with --model or {BenchModels.PathsVariable}.");
        return [.. typeof(BenchCommand).Assembly.GetTypes().Where(type =>
            type.GetMethods().Any(method => method.IsDefined(typeof(BenchmarkAttribute), inherit: false))
            && (hasModels || type.GetProperties().All(property => property.PropertyType != typeof(BenchModel))))];
    }

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success);
}
