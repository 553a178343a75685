using System.Text;
using System.Text.Json;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Functions for templates that know none: what may be called is said before the first question, calls are an assistant's words, and
/// their results a user's. The form is the one that <c>Dialect.Generic</c> reads.
/// </summary>
internal static class ToolsInWords
{
    /// <summary>The request without anything that such a template would leave out.</summary>
    public static GenerationRequest Write(GenerationRequest request)
    {
        if (request.Tools.Count == 0 && request.Messages.All(message => message.ToolCalls.Count == 0 && message.Role != "tool"))
            return request;
        Dictionary<string, string> called = new(StringComparer.Ordinal);
        List<ChatMessage> messages = [.. request.Messages.Select(message => Write(message, called))];
        if (request.Tools.Count > 0)
        {
            // Not in a system turn: some of these templates have no place for one.
            int first = Math.Max(0, messages.FindIndex(message => message.Role == "user"));
            messages[first] = messages[first] with { Content = $"{Describe(request)}\n\n{messages[first].Content}" };
        }

        return request with { Messages = messages, Tools = [] };
    }

    private static ChatMessage Write(ChatMessage message, Dictionary<string, string> called)
    {
        foreach (ToolCall call in message.ToolCalls)
            called[call.Id] = call.Name;
        if (message.Role == "tool")
            return new("user", $"Result of {called.GetValueOrDefault(message.ToolCallId ?? "", "the function")}: {message.Content}");
        return message.ToolCalls.Count == 0 ? message
            : new("assistant", string.Join('\n', [.. message.Content.Length > 0 ? new[] { message.Content } : [], Calls(message.ToolCalls)]));
    }

    private static string Calls(IReadOnlyList<ToolCall> calls) => calls.Count == 1
        ? $"{{\"tool_call\": {Call(calls[0])}}}"
        : $"{{\"tool_calls\": [{string.Join(", ", calls.Select(Call))}]}}";

    private static string Call(ToolCall call) => $"{{\"name\": {JsonSerializer.Serialize(call.Name)}, \"arguments\": {call.Arguments}}}";

    private static string Describe(GenerationRequest request)
    {
        StringBuilder text = new("These functions can be called:\n");
        foreach (ToolDefinition tool in request.Tools)
        {
            text.Append("- ").Append(tool.Name);
            if (tool.Description is { Length: > 0 } description)
                text.Append(": ").Append(description);
            text.Append("\n  arguments: ").Append(tool.Parameters ?? "none").Append('\n');
        }

        string need = request.ToolChoice is { Kind: ToolChoiceKind.Required } ? "Call one" : "If one of them is needed, call it";
        return text.Append(need).Append(" by answering with nothing but {\"tool_call\": {\"name\": ..., \"arguments\": {...}}}.").ToString();
    }
}
