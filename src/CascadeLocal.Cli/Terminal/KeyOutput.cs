using System.Globalization;
using System.Text.Json;

using CascadeLocal.Server.Security;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Keys on standard output.</summary>
internal static class KeyOutput
{
    /// <summary>What was done with one key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="key">The key itself, where it is new.</param>
    /// <param name="file">The file.</param>
    public static void PrintJson(string name, string? key, string file) => Print(json =>
    {
        json.WriteString("name", name);
        if (key is not null)
            json.WriteString("key", key);
        json.WriteString("file", file);
    });

    public static void PrintJson(string file, IReadOnlyList<KeyEntry> keys) => Print(json =>
    {
        json.WriteString("file", file);
        json.WriteStartArray("keys");
        foreach (KeyEntry key in keys)
            WriteKey(json, key);
        json.WriteEndArray();
    });

    public static void PrintTable(IReadOnlyList<KeyEntry> keys)
    {
        Table table = ReportOutput.Table("Key", "Requests/min", "Tokens/min", "At once", "Priority", "Models", "May pin", "Admin", "Expires");
        foreach (KeyEntry key in keys)
        {
            string[] row =
            [
                key.Name, Limit(key.RequestsPerMinute), Limit(key.TokensPerMinute), Limit(key.Concurrency), Priority(key),
                key.MayUseModels ? string.Join(", ", key.Models ?? ["all"]) : "none", key.MayPin ? "yes" : "no", key.IsAdmin ? "yes" : "no",
                key.Expires?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "never",
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
    }

    private static void WriteKey(Utf8JsonWriter json, KeyEntry key)
    {
        json.WriteStartObject();
        json.WriteString("name", key.Name);
        WriteLimit(json, "requests_per_minute", key.RequestsPerMinute);
        WriteLimit(json, "tokens_per_minute", key.TokensPerMinute);
        WriteLimit(json, "concurrency", key.Concurrency);
        json.WriteString("priority", Priority(key));
        if (key.Models is null)
        {
            json.WriteNull("models");
        }
        else
        {
            json.WriteStartArray("models");
            foreach (string model in key.Models)
                json.WriteStringValue(model);
            json.WriteEndArray();
        }

        json.WriteBoolean("may_pin", key.MayPin);
        json.WriteBoolean("admin", key.IsAdmin);
        if (key.Expires is { } expires)
            json.WriteString("expires", expires);
        else
            json.WriteNull("expires");
        json.WriteEndObject();
    }

    private static void WriteLimit(Utf8JsonWriter json, string name, int? limit)
    {
        if (limit is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static string Limit(int? limit) => limit is { } number ? Quantity.Plain(number) : "any";

    private static string Priority(KeyEntry key) => key.Priority == RequestPriority.Background ? "background" : "normal";

    private static void Print(Action<Utf8JsonWriter> write)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
