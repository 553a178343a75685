using System.Text;

using CascadeLocal.Dialects;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Functions for templates that leave them out: what may be called is said before the first question, calls are an assistant's words,
/// and their results a user's. Calls are written as the model's dialect reads them.
/// </summary>
internal static class ToolsInWords
{
    /// <summary>The request without anything that such a template would leave out.</summary>
    /// <param name="request">The request.</param>
    /// <param name="wants">What the template writes itself.</param>
    /// <param name="dialect">How the model writes calls.</param>
    public static GenerationRequest Write(GenerationRequest request, TemplateWants wants, Dialect dialect)
    {
        bool isDescribed = request.Tools.Count > 0 && !wants.ShowsTools;
        bool isWritten = request.Messages.Any(message => message.ToolCalls.Count > 0 ? !wants.WritesCalls : message.Role == "tool" && !wants.WritesResults);
        if (!isDescribed && !isWritten)
            return request;
        List<ChatMessage> messages = isWritten ? Write(request.Messages, wants, dialect) : [.. request.Messages];
        if (!isDescribed)
            return request with { Messages = messages };
        // Not in a system turn: some of these templates have no place for one.
        int first = Math.Max(0, messages.FindIndex(message => message.Role == "user"));
        messages[first] = messages[first] with { Content = $"{Describe(request, dialect)}\n\n{messages[first].Content}" };
        return request with { Messages = messages, Tools = [] };
    }

    private static List<ChatMessage> Write(IReadOnlyList<ChatMessage> messages, TemplateWants wants, Dialect dialect)
    {
        Dictionary<string, string> called = new(StringComparer.Ordinal);
        List<ChatMessage> written = [];
        bool isBehindResult = false;
        foreach (ChatMessage message in messages)
        {
            foreach (ToolCall call in message.ToolCalls)
                called[call.Id] = call.Name;
            bool isResult = message.Role == "tool" && !wants.WritesResults;
            ChatMessage next = !isResult ? message
                : new("user", $"Result of {called.GetValueOrDefault(message.ToolCallId ?? "", "the function")}: {message.Content}");
            // Results and what the user says beside them are one turn: many templates want user and assistant in turn.
            bool isJoined = (isResult || isBehindResult) && next.Role == "user" && written is [.., { Role: "user" }];
            isBehindResult = isResult;
            if (isJoined)
                written[^1] = written[^1] with { Content = $"{written[^1].Content}\n{next.Content}" };
            else if (message.ToolCalls.Count > 0 && !wants.WritesCalls)
                written.Add(new("assistant", string.Join('\n', [.. message.Content.Length > 0 ? new[] { message.Content } : [], dialect.Write(message.ToolCalls)])));
            else
                written.Add(next);
        }

        return written;
    }

    private static string Describe(GenerationRequest request, Dialect dialect)
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
        // Without a full stop, which might be taken for a part of it.
        return text.Append(need).Append(" by answering with nothing but this, with its name and arguments:\n")
            .Append(dialect.Write([new("", "NAME", "{...}")])).ToString();
    }
}
