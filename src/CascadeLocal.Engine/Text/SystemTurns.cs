namespace CascadeLocal.Engine.Text;

/// <summary>System turns for templates that have no place for them, or for the first alone: they become what the user says.</summary>
internal static class SystemTurns
{
    /// <summary>
    /// The turns as the template takes them. What has no place of its own stands, with a blank line between, before what the user says
    /// next, or behind what the user has said last where the assistant's turn comes first.
    /// </summary>
    public static IReadOnlyList<ChatMessage> Write(IReadOnlyList<ChatMessage> messages, TemplateWants wants)
    {
        bool isWritten = wants is { TakesSystemTurn: true, TakesSeveralSystemTurns: true, TakesLaterSystemTurns: true };
        int count = messages.Count(IsSystem);
        if (isWritten || count == 0 || (count == 1 && !IsSystem(messages[0]) && wants.TakesOnlySystemTurnLater))
            return messages;
        List<ChatMessage> written = [];
        int leading = messages.TakeWhile(IsSystem).Count();
        if (wants.TakesSystemTurn && wants.TakesSeveralSystemTurns)
            written.AddRange(messages.Take(leading));
        else if (wants.TakesSystemTurn && leading > 0)
            written.Add(new("system", Joined(messages.Take(leading))));
        List<ChatMessage> held = wants.TakesSystemTurn ? [] : [.. messages.Take(leading)];
        foreach (ChatMessage message in messages.Skip(leading))
        {
            if (IsSystem(message) && !wants.TakesLaterSystemTurns)
            {
                held.Add(message);
                continue;
            }

            if (message.Role == "assistant")
                SayBehind(written, held);
            bool isNext = message.Role == "user" && held.Count > 0;
            written.Add(isNext ? message with { Content = Joined([.. held, message]) } : message);
            if (isNext)
                held.Clear();
        }

        SayBehind(written, held);
        return written;
    }

    private static bool IsSystem(ChatMessage message) => message.Role == "system";

    private static void SayBehind(List<ChatMessage> written, List<ChatMessage> held)
    {
        if (held.Count == 0)
            return;
        if (written is [.., { Role: "user" } last])
            written[^1] = last with { Content = Joined([last, .. held]) };
        else
            written.Add(new("user", Joined(held)));
        held.Clear();
    }

    private static string Joined(IEnumerable<ChatMessage> messages) =>
        string.Join("\n\n", messages.Select(message => message.Content).Where(content => content.Length > 0));
}
