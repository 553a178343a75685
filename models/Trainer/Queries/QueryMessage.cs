namespace CascadeLocal.Trainer.Queries;

/// <summary>A message of a question that is more than one prompt.</summary>
internal sealed record QueryMessage(string Role, string Content);
