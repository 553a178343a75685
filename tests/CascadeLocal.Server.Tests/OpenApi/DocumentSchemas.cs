using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Json.Schema;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>/openapi.json as a client has it: its routes, and its schemas as something that judges.</summary>
internal sealed partial class DocumentSchemas(string text)
{
    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new();

    private readonly JsonObject _definitions =
        JsonNode.Parse(text.Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!["components"]!["schemas"]!.AsObject();

    public JsonObject Root { get; } = JsonNode.Parse(text)!.AsObject();

    /// <summary>The routes that take a body which is described field by field.</summary>
    public IEnumerable<string> BodyPaths => Root["paths"]!.AsObject().Where(path => RequestOf(path.Key)?["properties"] is not null).Select(path => path.Key);

    /// <summary>The schema of what a route takes; null where that is nothing.</summary>
    public JsonObject? RequestOf(string path) => NameOf(Root["paths"]![path]?["post"]?["requestBody"]) is { } name ? Root["components"]!["schemas"]![name]!.AsObject() : null;

    public static async Task<DocumentSchemas> ReadAsync(HttpClient client) => new(await client.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)));

    /// <summary>Whether what is posted to a route is what the document says.</summary>
    public bool TakesBody(string path, string json) => Matches(NameOf(Root["paths"]![path]!["post"]!["requestBody"])!, json);

    /// <summary>Whether what is answered is.</summary>
    public bool GivesAnswer(string method, string path, string status, string json) =>
        Matches(NameOf(Root["paths"]![path]![method]!["responses"]![status]) ?? throw new KeyNotFoundException($"{path} {status}"), json);

    /// <summary>Whether the data of an event of a route's stream is.</summary>
    public bool GivesEvent(string path, string json) => Matches(NameOf(Root["paths"]![path]!["post"]!["responses"]!["200"], "text/event-stream")!, json);

    /// <summary>The data of the events of a stream that are JSON.</summary>
    public static IEnumerable<string> EventsOf(string stream) =>
        stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line["data: ".Length..]);

    /// <summary>Whether a value of one field is what the document says; of a field that it does not know every value is.</summary>
    public bool TakesField(string path, string field, JsonNode? value)
    {
        if (RequestOf(path)!["properties"]![field] is not { } described)
            return true;
        JsonSchema schema = _schemas.GetOrAdd($"{path} {field}", _ => Compile(described));
        using JsonDocument document = JsonDocument.Parse(value?.ToJsonString() ?? "null");
        return schema.Evaluate(document.RootElement).IsValid;
    }

    private bool Matches(string name, string json)
    {
        JsonSchema schema = _schemas.GetOrAdd(name, _ => Compile(new JsonObject { ["$defs"] = _definitions.DeepClone(), ["$ref"] = $"#/$defs/{name}" }));
        using JsonDocument document = JsonDocument.Parse(json);
        return schema.Evaluate(document.RootElement).IsValid;
    }

    // The library takes no keywords that it does not know.
    private static JsonSchema Compile(JsonNode schema) => JsonSchema.FromText(OwnKeyword().Replace(schema.ToJsonString(), ""));

    [GeneratedRegex(",?\"x-cascade-use\":\"[a-z]+\"")]
    private static partial Regex OwnKeyword();

    private static string? NameOf(JsonNode? content, string type = "application/json") => ((string?)content?["content"]?[type]?["schema"]?["$ref"])?.Split('/')[^1];
}
