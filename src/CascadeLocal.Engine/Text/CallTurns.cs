namespace CascadeLocal.Engine.Text;

/// <summary>Turns with calls for templates that take less in one: what is too much becomes turns of its own.</summary>
internal static class CallTurns
{
    /// <summary>
    /// The turns as the template takes them. What the assistant thought stays with the first turn that was its own, and so does what it
    /// said; results are behind their calls.
    /// </summary>
    public static IReadOnlyList<ChatMessage> Write(IReadOnlyList<ChatMessage> messages, TemplateWants wants)
    {
        if (wants is { TakesSeveralCalls: true, TakesCallsBesideText: true })
            return messages;
        List<ChatMessage> written = [];
        for (int i = 0; i < messages.Count; i++)
        {
            ChatMessage message = messages[i];
            if (!wants.TakesCallsBesideText && message is { ToolCalls.Count: > 0, Content.Length: > 0 })
            {
                written.Add(message with { ToolCalls = [] });
                message = new("assistant", "") { ToolCalls = message.ToolCalls };
            }

            if (wants.TakesSeveralCalls || message.ToolCalls.Count < 2)
            {
                written.Add(message);
                continue;
            }

            List<ChatMessage> results = [.. messages.Skip(i + 1).TakeWhile(next => next.Role == "tool")];
            i += results.Count;
            foreach (ToolCall call in message.ToolCalls)
            {
                written.Add(ReferenceEquals(call, message.ToolCalls[0]) ? message with { ToolCalls = [call] } : new("assistant", "") { ToolCalls = [call] });
                written.AddRange(results.Where(result => result.ToolCallId == call.Id));
                results.RemoveAll(result => result.ToolCallId == call.Id);
            }

            written.AddRange(results);
        }

        return written;
    }
}
