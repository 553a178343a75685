using System.CommandLine;

using CascadeLocal.Calibration.Capture;
using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;

using Spectre.Console;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade capture: what every member of the pool answers to a data set, and whether it is right.</summary>
internal static class CaptureCommand
{
    public static Command Create()
    {
        Command command = new("capture", "Run the members of the pool over a data set and label their answers");
        Option<string> data = new("--data") { Description = "Questions, as JSON Lines, plain or .gz", HelpName = "file", Required = true };
        Option<string> folder = new("--out")
        {
            Description = "Where the labels go; what an earlier capture left there is not repeated",
            HelpName = "folder",
            Required = true,
        };
        Option<string[]> models = new("--model")
        {
            Description = "A GGUF file of the pool; may be given several times (default: the pool of cascade.json, else the shipped tier)",
            HelpName = "file",
            DefaultValueFactory = _ => [],
        };
        Option<string?> grader = new("--grader")
        {
            Description = $"How answers to questions that name no grader are judged: {string.Join(", ", GraderNames.All)} (default: exact)",
            HelpName = "grader",
        };
        grader.AcceptOnlyFromAmong([.. GraderNames.All]);
        Option<int> concurrency = Count("--concurrency", "questions", "Questions a member answers at once, at most its --parallel", 8);
        Option<int> runs = Count("--runs", "n", "How often every question is asked", 1);
        Option<int?> maxTokens = new Option<int?>("--max-tokens")
        {
            Description = "The most tokens of an answer to a question that does not say (default: up to the context)",
            HelpName = "tokens",
        }.From(1);
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        foreach (Option option in (Option[])[data, folder, models, grader, concurrency, runs, maxTokens, json])
            command.Options.Add(option);
        SettingsFlags settings = new(command, server: false, chooses: true);
        command.SetAction((result, _) =>
        {
            ServerOptions pool = settings.Load(result, result.GetValue(models)!);
            CaptureOptions options = new()
            {
                Members = settings.Chosen(result, pool),
                Concurrency = result.GetValue(concurrency),
                MaxTokens = result.GetValue(maxTokens),
                Runs = result.GetValue(runs),
                Grader = result.GetValue(grader),
            };
            return RunAsync(pool, result.GetRequiredValue(data), result.GetRequiredValue(folder), options, result.GetValue(json));
        });
        return command;
    }

    private static Option<int> Count(string name, string value, string description, int byDefault) => new Option<int>(name)
    {
        Description = description,
        HelpName = value,
        DefaultValueFactory = _ => byDefault,
    }.From(1);

    private static async Task<int> RunAsync(ServerOptions pool, string data, string folder, CaptureOptions options, bool json)
    {
        CaptureRun run = new(QueryFile.Read(data, QuestionFields.Read), options);
        using StopSignals signals = new();
        using LoadedPool loaded = await LoadedPool.LoadAsync(pool, signals.Token);
        CaptureReport report;
        try
        {
            report = await CaptureProgress.ShowAsync(observer => run.RunAsync(loaded.Pool, folder, observer, signals.Token));
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            throw new CommandFailedException($"Stopped. The labels so far are in {folder}; the same command goes on from there.");
        }
        catch (CaptureException e)
        {
            throw new CommandFailedException(e.Message);
        }

        if (json)
            ReportOutput.PrintJson(report, ReportJson.Default.CaptureReport);
        else
            PrintTable(report);
        return 0;
    }

    private static void PrintTable(CaptureReport report)
    {
        Table table = ReportOutput.Table("Member", "Questions", "Correct", "Accuracy", "TPOT in ms", "E2EL in ms", "Output tokens", "Refused");
        foreach (MemberCaptureReport member in report.Members)
        {
            string[] row =
            [
                member.Name,
                Quantity.Plain(member.Questions),
                Quantity.Plain(member.Correct),
                ReportOutput.Percent(member.Accuracy),
                Number(member.TpotMs),
                Number(member.E2elMs),
                Number(member.OutputTokens),
                Quantity.Plain(member.Refused),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
        if (report.Members.Any(m => m.GradedByAgreement > 0))
            AnsiConsole.WriteLine("Right was told from wrong by agreement with the strongest member, not by known answers.");
    }

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.###}") : "";
}
