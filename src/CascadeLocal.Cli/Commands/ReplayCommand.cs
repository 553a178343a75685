using System.CommandLine;

using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Replay;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade replay: routing and judging on published labels, by the published metric.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        Command command = new("replay", "Route published questions with published labels, and score it by the published metric");
        Argument<string> name = new("name") { Description = string.Join(", ", ReplayRunner.Names) };
        name.AcceptOnlyFromAmong([.. ReplayRunner.Names]);
        Option<string?> data = new("--data")
        {
            Description = "The folder with the data sets (default: shared/data beside the program or a folder above it)",
            HelpName = "folder",
        };
        Option<string> cache = new("--cache")
        {
            Description = "Where embeddings are kept between runs",
            HelpName = "folder",
            DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "cascade-replay"),
        };
        Option<int> seeds = new Option<int>("--seeds")
        {
            Description = "How many times the questions are split anew",
            HelpName = "n",
            DefaultValueFactory = _ => 5,
        }.From(1);
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        command.Arguments.Add(name);
        foreach (Option option in (Option[])[data, cache, seeds, json])
            command.Options.Add(option);
        command.SetAction((result, _) => RunAsync(
            result.GetRequiredValue(name),
            ReplayData.Folder(result.GetValue(data), AppContext.BaseDirectory),
            result.GetValue(cache)!,
            result.GetValue(seeds),
            result.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string name, string folder, string cache, int seeds, bool json)
    {
        using StopSignals signals = new();
        ReplayReport report;
        try
        {
            using TextEmbedder embedder = TextEmbedder.Load(new EmbedderOptions());
            VectorCache vectors = new(cache, embedder);
            report = await ReplayBars.ShowAsync(
                progress => ReplayRunner.RunAsync(name, folder, vectors, seeds, progress, signals.Token));
        }
        catch (Exception e) when (e is EmbeddingException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(e.Message);
        }

        if (json)
            ReportOutput.PrintJson(report, ReportJson.Default.ReplayReport);
        else
            ReplayTables.Print(report);
        return 0;
    }
}
