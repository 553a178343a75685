namespace CascadeLocal.Trainer.Tasks;

/// <summary>One question with its right answer.</summary>
internal sealed record TaskExample
{
    /// <summary>The family it was drawn from, such as <c>add</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The topic the family belongs to, such as <c>arithmetic</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>How hard it is within its family, from 1.</summary>
    public required int Level { get; init; }

    /// <summary>The conversation; the last turn is the assistant's right answer to the turn before it.</summary>
    public required IReadOnlyList<ChatTurn> Turns { get; init; }

    /// <summary>The right answer.</summary>
    public string Answer => Turns[^1].Content;
}
