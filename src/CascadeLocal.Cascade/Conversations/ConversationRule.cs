namespace CascadeLocal.Cascade.Conversations;

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
