namespace CascadeLocal.Routing.Judging.Text;

/// <summary>What a piece of a text is to arithmetic.</summary>
internal enum TokenKind
{
    Number,
    Word,
    Plus,
    Minus,
    Times,
    Divide,
    Power,
    Open,
    Close,

    /// <summary>An equals sign or the word.</summary>
    Equals,

    /// <summary>End of a line or sentence; no equation goes across it.</summary>
    Break,

    /// <summary>Other punctuation.</summary>
    Other,
}
