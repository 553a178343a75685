using System.CommandLine;
using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Models;

using Spectre.Console;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade models: loads the pool and shows what is in it; with --check, whether files could be served, without loading them.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        Command command = new("models", "Show the models of the pool");
        Option<string[]> models = new("--model")
        {
            Description = "A GGUF file to show; may be given several times (default: the pool)",
            HelpName = "file",
            DefaultValueFactory = _ => [],
        };
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        Option<string[]> check = new("--check")
        {
            Description = "Say of these GGUF files (default: those of the pool) whether they could be served, without loading their weights",
            HelpName = "file",
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        command.Options.Add(models);
        command.Options.Add(check);
        command.Options.Add(json);
        SettingsFlags settings = new(command, server: false);
        command.Validators.Add(result =>
        {
            if (result.GetValue(check) is { Length: > 0 } && result.IsGiven(models))
                result.AddError("--check has files of its own; --model does not go with them.");
        });
        command.SetAction((result, _) => result.GetResult(check) is not null
            ? ModelCheckRun.RunAsync(Named(result.GetValue(check) ?? [], result), result.GetValue(json))
            : RunAsync(settings.Load(result, result.GetValue(models)!), result.GetValue(json)));
        return command;

        // Each on its own, since two files of one name may well be compared.
        IEnumerable<MemberOptions> Named(string[] files, ParseResult result) => files.Length > 0
            ? files.SelectMany(file => settings.Load(result, [file]).Members.Take(1))
            : settings.Load(result, result.GetValue(models)!).Members.Where(member => member.Model is not null);
    }

    private static async Task<int> RunAsync(ServerOptions options, bool json)
    {
        using StopSignals signals = new();
        using LoadedPool loaded = await LoadedPool.LoadAsync(options, signals.Token);
        if (json)
            await PrintJsonAsync(loaded.Pool);
        else
            PrintTable(loaded.Pool);
        return loaded.Pool.Strongest is null ? 1 : 0;
    }

    private static async Task PrintJsonAsync(ModelPool pool)
    {
        await using Stream output = Console.OpenStandardOutput();
        await using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("models");
            foreach (PoolMember member in pool.Members)
            {
                json.WriteStartObject();
                json.WriteString("name", member.Name);
                json.WriteString(member.Options.Remote is null ? "path" : "endpoint", member.Options.Source);
                MemberWriter.WriteDescription(json, member);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (LlamaLibrary.Loaded is { } library)
            {
                json.WriteStartObject("llama");
                json.WriteString("library", library.Path);
                json.WriteString("backend", library.Backend);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        await output.WriteAsync(Encoding.UTF8.GetBytes(Environment.NewLine));
    }

    private static void PrintTable(ModelPool pool)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("Model", "Architecture", "Parameters", "Quantization", "Size", "Context", "Signals", "Where", "State");
        foreach (PoolMember member in pool.Members)
            table.AddRow([.. Row(member).Select(Markup.Escape)]);

        // A pipe has no width; a table that is cut for it helps nobody.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 1000;
        AnsiConsole.Write(table);
        if (LlamaLibrary.Loaded is { } library)
            AnsiConsole.WriteLine($"llama.cpp: {library.Backend}, {library.Path}");
    }

    private static string[] Row(PoolMember member)
    {
        if (member.Capabilities is not { } can)
            return [member.Name, "", "", "", "", "", "", member.Options.Remote?.Url ?? "", $"failed: {member.FailureReason}"];
        string signals = JsonNamingPolicy.SnakeCaseLower.ConvertName(can.Signals.ToString());
        string context = Quantity.Plain(can.ContextLength);
        return member.Local?.Info is { } info
            ?
            [
                member.Name,
                info.Architecture,
                Quantity.Format(info.ParameterCount, ""),
                string.Join(" + ", [info.Quantization, .. info.Lora.Select(Adapter)]),
                Quantity.Format(info.FileBytes, "B"),
                context,
                signals,
                info.Device,
                "ready",
            ]
            : [member.Name, can.Model, "", "", "", context, signals, member.Options.Source, "ready"];
    }

    private static string Adapter(LoraOptions adapter) => adapter.Scale == 1
        ? Path.GetFileNameWithoutExtension(adapter.Path)
        : FormattableString.Invariant($"{adapter.Scale} x {Path.GetFileNameWithoutExtension(adapter.Path)}");
}
