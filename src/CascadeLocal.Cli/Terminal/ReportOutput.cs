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
        Widen();
        AnsiConsole.Write(table);
    }

    public static void PrintLine(string line)
    {
        Widen();
        AnsiConsole.WriteLine(line);
    }

    public static string Percent(double? rate) => rate is { } value ? FormattableString.Invariant($"{100 * value:0.00} %") : "";

    // A pipe has no width; what is cut for it helps nobody.
    private static void Widen()
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 1000;
    }
}
