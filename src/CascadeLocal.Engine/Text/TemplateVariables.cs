using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Dialects;
using CascadeLocal.Templates;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// What a template sees of a request, as transformers passes it on. All that people or tools wrote is data; only roles and the texts
/// of special tokens count as the template's own.
/// </summary>
internal static class TemplateVariables
{
    public static Dictionary<string, Value> Of(GenerationRequest request, IReadOnlyDictionary<string, string> specialTokens, TemplateWants wants)
    {
        Dictionary<string, Value> variables = new(StringComparer.Ordinal);
        foreach ((string name, JsonElement value) in request.Template.Variables)
            variables[name] = Value.FromJson(value);
        foreach ((string name, string text) in specialTokens)
            variables[name] = Value.Of(text);
        variables["messages"] = Value.List(request.Messages.Select(message => Message(message, wants)));
        variables["tools"] = request.Tools.Count > 0 ? Value.List(request.Tools.Select(Tool)) : Value.None;
        variables["documents"] = request.Template.Documents.Count > 0 ? Value.List(request.Template.Documents.Select(Value.FromJson)) : Value.None;
        variables["add_generation_prompt"] = Value.Of(request.Template is { AddsGenerationPrompt: true, ContinuesFinalMessage: false });
        return variables;
    }

    private static Value Message(ChatMessage message, TemplateWants wants)
    {
        List<KeyValuePair<string, Value>> entries = [new("role", Value.Of(message.Role))];
        bool onlyCalls = message.ToolCalls.Count > 0 && message.Content.Length == 0;
        if (!onlyCalls || wants.EmptyContent == EmptyContent.Text)
            entries.Add(new("content", Value.Data(message.Content)));
        else if (wants.EmptyContent == EmptyContent.None)
            entries.Add(new("content", Value.None));
        if (message.Reasoning is { } reasoning)
        {
            entries.Add(new("reasoning_content", Value.Data(reasoning)));
            if (wants.Thinking == ThinkingTurns.All || (wants.Thinking == ThinkingTurns.OnlyCalls && onlyCalls))
                entries.Add(new("thinking", Value.Data(reasoning)));
        }

        if (message.ToolCalls.Count > 0)
            entries.Add(new("tool_calls", Value.List(message.ToolCalls.Select(call => Call(call, wants)))));
        if (message.ToolCallId is { } id)
            entries.Add(new("tool_call_id", CallId(id, wants)));
        return Value.Dict(entries);
    }

    private static Value Call(ToolCall call, TemplateWants wants) => Value.Dict(
    [
        new("id", CallId(call.Id, wants)),
        new("type", Value.Of("function")),
        new("function", Value.Dict([new("name", Value.Data(call.Name)), new("arguments", Arguments(call.Arguments, wants))])),
    ]);

    /// <summary>The id that a call and its result have in common, or nine letters and digits that follow from it.</summary>
    private static Value CallId(string id, TemplateWants wants)
    {
        const int Length = 9;
        bool isTaken = wants.TakesAnyCallId || (id.Length == Length && id.All(char.IsAsciiLetterOrDigit));
        return Value.Data(isTaken ? id : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..Length]);
    }

    /// <summary>The arguments as an object, which is what most templates expect; where they are none, as text or as what is complete of one.</summary>
    private static Value Arguments(string json, TemplateWants wants)
    {
        if (string.IsNullOrWhiteSpace(json))
            json = "{}";
        if (wants.TakesArgumentsAsText)
            return Value.Data(json);
        return Object(json) ?? (wants.TakesBrokenArguments ? Value.Data(json) : Object(CallInput.Of(json)) ?? Value.Dict([]));
    }

    private static Value? Object(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Value.FromJson(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or TemplateException)
        {
            // The model wrote it.
            return null;
        }
    }

    /// <summary>A function with all three keys, as transformers makes them: templates read them without asking.</summary>
    private static Value Tool(ToolDefinition tool)
    {
        using JsonDocument parameters = JsonDocument.Parse(tool.Parameters ?? """{"type": "object", "properties": {}}""");
        return Value.Dict(
        [
            new("type", Value.Of("function")),
            new("function", Value.Dict(
            [
                new("name", Value.Data(tool.Name)),
                new("description", Value.Data(tool.Description ?? "")),
                new("parameters", Value.FromJson(parameters.RootElement)),
            ])),
        ]);
    }
}
