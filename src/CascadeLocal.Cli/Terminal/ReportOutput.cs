using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Reports on standard output: one JSON object for programs, tables for people.</summary>
internal static class ReportOutput
{
    public static void PrintJson<T>(T report, JsonTypeInfo<T> type)
    {
        using Stream output = Console.OpenStandardOutput();
        JsonSerializer.Serialize(output, report, type);
        output.Write("\n"u8);
    }

    public static Table Table(params string[] columns) => new Table().Border(TableBorder.Rounded).AddColumns(columns);

    public static void Print(Table table)
    {
        // A pipe has no width; a table that is cut for it helps nobody.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 1000;
        AnsiConsole.Write(table);
    }

    public static string Percent(double? rate) => rate is { } value ? FormattableString.Invariant($"{100 * value:0.00} %") : "";
}
