namespace CascadeLocal.Engine.Text;

/// <summary>Several calls of one turn for templates that take one: each in a turn of its own, with its results behind it.</summary>
internal static class SingleCalls
{
    /// <summary>The turns, none of which has more than one call. What the assistant said and thought stays before the first.</summary>
    public static IReadOnlyList<ChatMessage> Write(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.All(message => message.ToolCalls.Count < 2))
            return messages;
        List<ChatMessage> written = [];
        for (int i = 0; i < messages.Count; i++)
        {
            ChatMessage message = messages[i];
            if (message.ToolCalls.Count < 2)
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
