using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>The tools of a request by name, and what their schemas say of each parameter.</summary>
internal sealed class ToolTable
{
    private readonly Dictionary<string, ToolDefinition> _tools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _schemas = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Tool, string Parameter), JsonKinds> _kinds = [];

    internal ToolTable(IReadOnlyList<ToolDefinition> tools)
    {
        foreach (ToolDefinition tool in tools)
            _tools.TryAdd(tool.Name, tool);
    }

    internal bool Contains(string name) => _tools.ContainsKey(name);

    /// <summary>What the schema lets a parameter's value be.</summary>
    internal JsonKinds KindsOf(string tool, string parameter)
    {
        if (!_kinds.TryGetValue((tool, parameter), out JsonKinds kinds))
            _kinds.Add((tool, parameter), kinds = KindsOf(SchemaOf(tool), parameter));
        return kinds;
    }

    /// <summary>The schema of a tool's arguments; without one, a tool takes none.</summary>
    internal static JsonElement SchemaOf(ToolDefinition tool) =>
        Parse(tool.Parameters ?? """{"type":"object","properties":{},"additionalProperties":false}""");

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static JsonKinds KindsOf(JsonElement schema, string parameter) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out JsonElement properties)
            && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(parameter, out JsonElement property)
            ? SchemaKinds.Of(property, schema)
            : JsonKinds.All;

    private JsonElement SchemaOf(string tool)
    {
        if (!_schemas.TryGetValue(tool, out JsonElement schema))
            _schemas.Add(tool, schema = SchemaOf(_tools[tool]));
        return schema;
    }
}
