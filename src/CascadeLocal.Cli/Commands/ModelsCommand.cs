using System.CommandLine;
using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Responses;

using Spectre.Console;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade models: loads the pool and shows what is in it.</summary>
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
        command.Options.Add(models);
        command.Options.Add(json);
        SettingsFlags settings = new(command, server: false);
        command.SetAction((result, _) => RunAsync(settings.Load(result, result.GetValue(models)!), result.GetValue(json)));
        return command;
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
                json.WriteString("path", member.Options.Model.Path);
                MemberWriter.WriteDescription(json, member);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await output.WriteAsync(Encoding.UTF8.GetBytes(Environment.NewLine));
    }

    private static void PrintTable(ModelPool pool)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("Model", "Architecture", "Parameters", "Quantization", "Size", "Context", "Device", "State");
        foreach (PoolMember member in pool.Members)
        {
            string[] row = member.Info is { } info
                ?
                [
                    member.Name,
                    info.Architecture,
                    Quantity.Format(info.ParameterCount, ""),
                    info.Quantization,
                    Quantity.Format(info.FileBytes, "B"),
                    Quantity.Plain(info.ContextLength),
                    info.Device,
                    "ready",
                ]
                : [member.Name, "", "", "", "", "", "", $"failed: {member.FailureReason}"];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        // A pipe has no width; a table that is cut for it helps nobody.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 1000;
        AnsiConsole.Write(table);
    }
}
