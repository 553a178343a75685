namespace CascadeLocal.Trainer.Tasks;

/// <summary>One turn of a training conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text of the turn.</param>
internal readonly record struct ChatTurn(string Role, string Content);
