namespace CascadeLocal.Engine.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text. Control markers in it are ordinary text, never control tokens.</param>
public readonly record struct ChatMessage(string Role, string Content);
