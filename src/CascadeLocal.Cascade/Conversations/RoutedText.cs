namespace CascadeLocal.Cascade.Conversations;

/// <summary>Finds the text that a conversation is routed by.</summary>
internal static class RoutedText
{
    /// <summary>The first or last user message that has text, or a bare prompt; null where there is no text.</summary>
    public static string? Of(GenerationRequest request, ConversationRule rule)
    {
        if (request.PromptText is { } prompt)
            return string.IsNullOrWhiteSpace(prompt) ? null : prompt;
        IEnumerable<string> texts = request.Messages
            .Where(turn => turn.Role == "user" && !string.IsNullOrWhiteSpace(turn.Content))
            .Select(turn => turn.Content);
        return rule == ConversationRule.First ? texts.FirstOrDefault() : texts.LastOrDefault();
    }
}

/// <summary>How the turns of a conversation are routed.</summary>
public enum ConversationRule
{
    /// <summary>By the last user message, but never to a cheaper member than gave the last answer.</summary>
    Sticky,

    /// <summary>By the last user message alone.</summary>
    Last,

    /// <summary>By the first user message, so every turn alike.</summary>
    First,
}
