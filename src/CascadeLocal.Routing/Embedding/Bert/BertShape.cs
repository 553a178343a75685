namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>The sizes of a BERT encoder.</summary>
internal sealed record BertShape
{
    public required int Vocabulary { get; init; }

    /// <summary>Length of a token's vector.</summary>
    public required int Hidden { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width between the two products of a feed-forward block.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Most tokens of a text.</summary>
    public required int Positions { get; init; }

    /// <summary>Kinds of segment; only the first is used.</summary>
    public required int TokenTypes { get; init; }

    /// <summary>Added to the variance in layer norms.</summary>
    public required double Epsilon { get; init; }

    public int HeadSize => Hidden / Heads;
}
