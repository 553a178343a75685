using System.Text;
using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Answers in a notation that can be read: ⟦reasoning⟧, «name arguments», «name#id arguments», and content as it is.</summary>
internal static class Answers
{
    internal static IReadOnlyList<ToolDefinition> Tools { get; } =
    [
        new("weather", "The weather of a city.", """
            {"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"exact":{"type":"boolean"},"where":{"type":"object"},"tags":{"type":"array"}},"required":["city"]}
            """),
        new("now", "The time.", null),
        new("note-2", null, """{"type":"object","properties":{"text":{"type":"string"}}}"""),
    ];

    internal static string Read(Dialect dialect, string raw, bool parsesTools = true, bool beginsInReasoning = false) =>
        Show(Parts(dialect, [raw], parsesTools, beginsInReasoning));

    internal static List<OutputPart> Parts(
        Dialect dialect, IEnumerable<string> pieces, bool parsesTools = true, bool beginsInReasoning = false, bool isHeldToCalls = false, bool isParallel = true)
    {
        AnswerSplitter splitter = new(dialect, Tools, parsesTools, beginsInReasoning, isHeldToCalls, isParallel);
        List<OutputPart> parts = [];
        foreach (string piece in pieces)
        {
            splitter.Append(piece);
            parts.AddRange(splitter.Drain());
        }

        splitter.Finish();
        parts.AddRange(splitter.Drain());
        return parts;
    }

    internal static string Show(IEnumerable<OutputPart> parts)
    {
        StringBuilder shown = new();
        bool isReasoning = false;
        foreach (OutputPart part in parts)
        {
            if (part is OutputPart.Reasoning != isReasoning)
                shown.Append((isReasoning = !isReasoning) ? '⟦' : '⟧');
            shown.Append(part switch
            {
                OutputPart.Content content => content.Text,
                OutputPart.Reasoning reasoning => reasoning.Text,
                OutputPart.ToolCallBegin begin => begin.Id is null ? $"«{begin.Name} " : $"«{begin.Name}#{begin.Id} ",
                OutputPart.ToolCallArguments arguments => arguments.TextDelta,
                _ => "»",
            });
        }

        return shown.Append(isReasoning ? "⟧" : "").ToString();
    }

    internal static string Content(IEnumerable<OutputPart> parts) => string.Concat(parts.OfType<OutputPart.Content>().Select(p => p.Text));

    internal static List<(string Name, string Arguments)> Calls(IReadOnlyList<OutputPart> parts) =>
        [.. parts.OfType<OutputPart.ToolCallBegin>().Select(begin => (begin.Name, string.Concat(
            parts.OfType<OutputPart.ToolCallArguments>().Where(a => a.Index == begin.Index).Select(a => a.TextDelta))))];

    internal static bool IsSameJson(string left, string right)
    {
        using JsonDocument a = JsonDocument.Parse(left), b = JsonDocument.Parse(right);
        return JsonElement.DeepEquals(a.RootElement, b.RootElement);
    }
}
