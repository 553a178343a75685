namespace CascadeLocal.Trainer.Tasks;

/// <summary>One turn of a training conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text of the turn.</param>
internal readonly record struct ChatTurn(string Role, string Content)
{
    public const string SystemRole = "system";
    public const string UserRole = "user";
    public const string AssistantRole = "assistant";

    /// <summary>A system prompt.</summary>
    public static ChatTurn System(string content) => new(SystemRole, content);

    /// <summary>A question.</summary>
    public static ChatTurn User(string content) => new(UserRole, content);

    /// <summary>An answer.</summary>
    public static ChatTurn Assistant(string content) => new(AssistantRole, content);
}
