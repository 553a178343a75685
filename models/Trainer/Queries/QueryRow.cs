namespace CascadeLocal.Trainer.Queries;

/// <summary>One line of a query file: a question by <see cref="Prompt"/> or by <see cref="Messages"/>, and its right answer.</summary>
internal sealed record QueryRow
{
    public required string Id { get; init; }

    public string? Prompt { get; init; }

    public IReadOnlyList<QueryMessage>? Messages { get; init; }

    public required string Answer { get; init; }

    /// <summary>How an answer is judged: equal to <see cref="Answer"/> after trimming.</summary>
    public string Grader { get; init; } = "exact";

    /// <summary>The family.</summary>
    public required string Task { get; init; }

    public required string Topic { get; init; }

    public required int Level { get; init; }
}
