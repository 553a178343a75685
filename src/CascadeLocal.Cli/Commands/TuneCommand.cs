using System.CommandLine;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tuning;
using CascadeLocal.Server.Configuration;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade tune: which settings serve the members of the pool fastest on this machine, kept for those who serve them.</summary>
internal static class TuneCommand
{
    private const int DefaultSeconds = 10;

    public static Command Create()
    {
        Command command = new("tune", "Measure which settings serve the models fastest on this machine, and keep them for 'serve'");
        Option<string[]> models = new("--model")
        {
            Description = "A GGUF file to tune; may be given several times (default: the pool of cascade.json, else the shipped tier)",
            HelpName = "file",
            DefaultValueFactory = _ => [],
        };
        Option<int> seconds = new Option<int>("--seconds")
        {
            Description = "About how long a model is measured; a slow one takes longer",
            HelpName = "seconds",
            DefaultValueFactory = _ => DefaultSeconds,
        }.Taking("a whole number from 1 to 3600", n => n is >= 1 and <= 3_600);
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        command.Options.Add(models);
        command.Options.Add(seconds);
        command.Options.Add(json);
        SettingsFlags settings = new(command, server: false, chooses: true, loads: false);
        command.SetAction((result, _) =>
        {
            ServerOptions options = settings.Load(result, result.GetValue(models)!);
            return RunAsync(options, settings.Chosen(result, options), TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(json));
        });
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, IReadOnlyList<string> chosen, TimeSpan most, bool json)
    {
        MemberOptions[] members = [.. options.Members.Where(member => member.Model is not null && (chosen.Count == 0 || chosen.Contains(member.Name)))];
        if (chosen.FirstOrDefault(name => members.All(m => m.Name != name)) is { } remote)
            throw new ConfigurationException($"'{remote}' is an endpoint; only members in this process are tuned.");
        if (members.Length == 0)
            throw new CommandFailedException("No member of the pool is in this process: there is nothing to tune.");
        using StopSignals signals = new();
        // What fails is told by the command itself.
        using ILoggerFactory loggers = ConsoleLog.Create(LogLevel.Critical);
        int share = ModelOptions.DefaultThreads(Environment.ProcessorCount, options.Members.Count);
        List<TunedMember> tuned = [];
        foreach (MemberOptions member in members)
        {
            try
            {
                tuned.Add(await TuneAsync(member, share, most, loggers.CreateLogger("Tune"), signals.Token));
            }
            catch (Exception e) when (e is ModelLoadException or MemberException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"{member.Name} is not tuned: {e.Message}");
            }
        }

        if (json)
            TuneTables.PrintJson(tuned);
        else
            TuneTables.Print(tuned);
        if (!options.UsesTunings)
            await Console.Error.WriteLineAsync("The configuration leaves tunings aside ('tune' is false): nothing that is served changes.");
        return tuned.Count == members.Length ? 0 : 1;
    }

    private static async Task<TunedMember> TuneAsync(MemberOptions member, int share, TimeSpan most, ILogger logger, CancellationToken cancellation)
    {
        await Console.Error.WriteLineAsync($"{member.Name} is being measured.");
        TuningReport report = await StageProgress.RunAsync(
            member.Name, progress => ModelTuner.TuneAsync(member.Model!, share, most, logger, progress, cancellation));
        SavedTuning saved = new()
        {
            Key = TuningKey.Of(ModelContent.Fingerprint(member.Model!), member.Model!, share, logger),
            TunedAt = DateTimeOffset.UtcNow,
            Settings = report.Settings,
        };
        return new(member.Name, saved, report, new TuningFolder(TuningFolder.Default, logger).Save(saved));
    }
}
