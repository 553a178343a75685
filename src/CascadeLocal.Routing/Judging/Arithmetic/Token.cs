namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>A piece of a text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="End">Where what follows begins.</param>
/// <param name="Value">The value of a number as written, percent signs aside; of a number word its value, else 0.</param>
/// <param name="Decimals">Digits written after the point.</param>
/// <param name="IsPercent">Whether a percent sign follows.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int End, double Value = 0, int Decimals = 0, bool IsPercent = false)
{
    public bool IsOperator => Kind is TokenKind.Plus or TokenKind.Minus or TokenKind.Times or TokenKind.Divide or TokenKind.Power;
}

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
