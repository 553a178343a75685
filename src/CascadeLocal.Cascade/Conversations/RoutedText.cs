using CascadeLocal.Engine.Text;

namespace CascadeLocal.Cascade.Conversations;

/// <summary>Finds the text that a conversation is routed by.</summary>
internal static class RoutedText
{
    /// <summary>The first or last user message that has text, or null if none has.</summary>
    public static string? Of(IReadOnlyList<ChatMessage> turns, ConversationRule rule)
    {
        IEnumerable<string> texts = turns
            .Where(turn => turn.Role == "user" && !string.IsNullOrWhiteSpace(turn.Content))
            .Select(turn => turn.Content);
        return rule == ConversationRule.First ? texts.FirstOrDefault() : texts.LastOrDefault();
    }
}
