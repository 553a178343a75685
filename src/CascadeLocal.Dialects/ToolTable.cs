using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>The tools of a request by name, and what their schemas say of each parameter.</summary>
internal sealed class ToolTable
{
    private readonly Dictionary<string, ToolDefinition> _tools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _properties = new(StringComparer.Ordinal);

    internal ToolTable(IReadOnlyList<ToolDefinition> tools)
    {
        foreach (ToolDefinition tool in tools)
            _tools.TryAdd(tool.Name, tool);
    }

    internal bool Contains(string name) => _tools.ContainsKey(name);

    /// <summary>Whether a parameter's value is a text whatever it looks like; null where the schema does not say.</summary>
    internal bool? IsText(string tool, string parameter)
    {
        JsonElement properties = PropertiesOf(tool);
        if (properties.ValueKind != JsonValueKind.Object || !properties.TryGetProperty(parameter, out JsonElement schema)
            || schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out JsonElement type))
            return null;
        return type.ValueKind == JsonValueKind.String ? type.GetString() == "string" : null;
    }

    /// <summary>The schema of a tool's arguments; without one, a tool takes none.</summary>
    internal static JsonElement SchemaOf(ToolDefinition tool) =>
        Parse(tool.Parameters ?? """{"type":"object","properties":{},"additionalProperties":false}""");

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private JsonElement PropertiesOf(string tool)
    {
        if (_properties.TryGetValue(tool, out JsonElement properties))
            return properties;
        JsonElement schema = SchemaOf(_tools[tool]);
        if (schema.ValueKind == JsonValueKind.Object)
            schema.TryGetProperty("properties", out properties);
        _properties.Add(tool, properties);
        return properties;
    }
}
