using System.Globalization;
using System.Text.Json;

namespace CascadeLocal.Dialects.Tests;

/// <summary>How a model of a family would write calls, to be read back.</summary>
/// <param name="Dialect">The family.</param>
/// <param name="Call">A call of a function with arguments, given as JSON.</param>
/// <param name="Before">Before all calls.</param>
/// <param name="Between">Between two calls.</param>
/// <param name="After">After all calls.</param>
/// <param name="KeepsText">Whether the arguments come out exactly as they were written.</param>
internal sealed record Family(Dialect Dialect, Func<string, string, string> Call, string Before, string Between, string After, bool KeepsText = true)
{
    internal static IReadOnlyList<Family> All { get; } =
    [
        new(Dialect.Hermes, (f, a) => "<tool_call>\n" + Json(f, a) + "\n</tool_call>", "", "\n", ""),
        new(Dialect.QwenCoder, Xml, "", "\n", "", KeepsText: false),
        new(Dialect.Llama, (f, a) => Json(f, a, "parameters"), "", "; ", ""),
        new(Dialect.Mistral, (f, a) => "[TOOL_CALLS]" + f + "[ARGS]" + a, "", "", ""),
        new(Dialect.MistralNemo, (f, a) => Json(f, a), "[TOOL_CALLS] [", ", ", "]"),
        new(Dialect.GptOss, (f, a) => $"<|channel|>commentary to=functions.{f} <|constrain|>json<|message|>{a}<|call|>", "", "<|start|>assistant", ""),
        new(Dialect.DeepSeekR1, (f, a) => $"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{f}\n```json\n{a}\n```<｜tool▁call▁end｜>", "<｜tool▁calls▁begin｜>", "\n", "<｜tool▁calls▁end｜>"),
        new(Dialect.DeepSeekV31, (f, a) => $"<｜tool▁call▁begin｜>{f}<｜tool▁sep｜>{a}<｜tool▁call▁end｜>", "<｜tool▁calls▁begin｜>", "", "<｜tool▁calls▁end｜>"),
        new(Dialect.Granite, (f, a) => Json(f, a), "<|tool_call|>[", ", ", "]"),
        new(Dialect.Lfm2, (f, a) => Python(f, a), "<|tool_call_start|>[", ", ", "]<|tool_call_end|>", KeepsText: false),
        new(Dialect.Gemma, (f, a) => "```tool_call\n" + Json(f, a) + "\n```", "", "\n", ""),
        new(Dialect.Cohere, (f, a) => $"{{\"tool_call_id\": \"0\", \"tool_name\": \"{f}\", \"parameters\": {a}}}", "<|START_ACTION|>[\n", ",\n", "\n]<|END_ACTION|>"),
        new(Dialect.Generic, (f, a) => Json(f, a), "{\"tool_calls\": [", ", ", "]}"),
    ];

    internal static Family Of(string name) => All.Single(f => f.Dialect.Name == name);

    internal string Write(params IEnumerable<(string Name, string Arguments)> calls) =>
        Before + string.Join(Between, calls.Select(c => Call(c.Name, c.Arguments))) + After;

    private static string Json(string name, string arguments, string key = "arguments") => $"{{\"name\": \"{name}\", \"{key}\": {arguments}}}";

    private static string Xml(string name, string arguments)
    {
        using JsonDocument document = JsonDocument.Parse(arguments);
        return $"<tool_call>\n<function={name}>\n"
            + string.Concat(document.RootElement.EnumerateObject().Select(p =>
                $"<parameter={p.Name}>\n{(p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : p.Value.GetRawText())}\n</parameter>\n"))
            + "</function>\n</tool_call>";
    }

    private static string Python(string name, string arguments)
    {
        using JsonDocument document = JsonDocument.Parse(arguments);
        return $"{name}({string.Join(", ", document.RootElement.EnumerateObject().Select(p => $"{p.Name}={Python(p.Value)}"))})";
    }

    private static string Python(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"'{value.GetString()!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}'",
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().Select(p => $"\"{p.Name}\": {Python(p.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Python))}]",
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null => "None",
        _ => value.GetRawText().ToString(CultureInfo.InvariantCulture),
    };
}
