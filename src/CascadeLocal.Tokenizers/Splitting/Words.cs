using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>What counts as a word's letters.</summary>
internal enum LetterRule
{
    /// <summary><c>\p{L}+</c></summary>
    Letters,

    /// <summary><c>[\p{L}\p{M}]+</c></summary>
    LettersAndMarks,

    /// <summary>Capitals, then small letters: what is neither counts as both.</summary>
    CapitalsThenSmall,

    /// <summary>As <see cref="CapitalsThenSmall"/>, marks being both.</summary>
    CapitalsThenSmallAndMarks,

    /// <summary><c>(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+</c>: letters that single spaces may part.</summary>
    LettersAcrossSpaces,
}

/// <summary>
/// The family of expressions that began with GPT-4: contractions; words with one character of another kind before them; digits;
/// symbols with a space before and newlines behind; white space. Their members differ in the options.
/// </summary>
internal sealed class Words : MatchSplitter
{
    public LetterRule Letters { get; init; }

    /// <summary>Most digits of a piece.</summary>
    public int Digits { get; init; } = 1;

    /// <summary>Whether contractions are pieces of their own; else they go with the word before.</summary>
    public bool ContractionsFirst { get; init; } = true;

    /// <summary>Whether a word takes a contraction behind it.</summary>
    public bool ContractionsLast { get; init; }

    /// <summary>Whether marks are never symbols; else they are where no word takes them.</summary>
    public bool MarksAreNoSymbols { get; init; }

    /// <summary>Whether symbols take the newlines behind them.</summary>
    public bool SymbolsTakeNewlines { get; init; } = true;

    /// <summary>Whether they take slashes with these.</summary>
    public bool SymbolsTakeSlashes { get; init; }

    /// <summary>Whether it is one of these at most.</summary>
    public bool SymbolsTakeOne { get; init; }

    /// <summary>Whether white space is cut into powers of two.</summary>
    public bool BlanksInPowers { get; init; }

    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        if (ContractionsFirst && Contractions.MatchAt(piece, at, ignoresCase: true) is > 0 and int contraction)
            return contraction;
        if (MatchWord(piece, at) is > 0 and int word)
            return word;
        if (piece[at].IsNumber)
            return MatchDigits(piece, at);
        if (MatchSymbols(piece, at) is > 0 and int symbols)
            return symbols;
        return BlanksInPowers ? Blanks.MatchPowersAt(piece, at, ref newlineFreeUntil) : Blanks.MatchLinesAt(piece, at);
    }

    private int MatchWord(ReadOnlySpan<CodePoint> piece, int at)
    {
        bool hasLead = !piece[at].IsNewline && !piece[at].IsLetter && !piece[at].IsNumber;
        int end = Letters is LetterRule.CapitalsThenSmall or LetterRule.CapitalsThenSmallAndMarks
            ? MatchCased(piece, at, hasLead)
            : hasLead && MatchLetters(piece, at + 1) is var led && led > at + 1 ? led : MatchLetters(piece, at);
        if (end <= at)
            return 0;
        if (ContractionsLast)
            end += Contractions.MatchAt(piece, end, ignoresCase: true);
        return end - at;
    }

    /// <summary>Where the letters that begin at <paramref name="at"/> end; there if there are none.</summary>
    private int MatchLetters(ReadOnlySpan<CodePoint> piece, int at)
    {
        if (Letters == LetterRule.LettersAcrossSpaces)
            return MatchAcrossSpaces(piece, at);
        while (at < piece.Length && IsLetter(piece[at]))
            at++;
        return at;
    }

    private static int MatchAcrossSpaces(ReadOnlySpan<CodePoint> piece, int at)
    {
        if (at >= piece.Length || !piece[at].IsLetter)
            return at;
        while (at < piece.Length)
        {
            if (piece[at].IsLetter || piece[at].IsMark)
                at++;
            else if (piece[at].Value == ' ' && at + 1 < piece.Length && piece[at + 1].IsLetter)
                at += 2;
            else
                break;
        }

        return at;
    }

    // The order is that of the alternatives: capitals* small+ before capitals+ small*, each first with a lead, then without.
    private int MatchCased(ReadOnlySpan<CodePoint> piece, int at, bool hasLead)
    {
        if (hasLead && MatchSmall(piece, at + 1) is > 0 and int led)
            return led;
        if (MatchSmall(piece, at) is > 0 and int small)
            return small;
        if (hasLead && MatchCapitals(piece, at + 1) is > 0 and int ledCapitals)
            return ledCapitals;
        return MatchCapitals(piece, at);
    }

    private int MatchSmall(ReadOnlySpan<CodePoint> piece, int at)
    {
        int end = at;
        while (end < piece.Length && IsCapital(piece[end]))
            end++;
        if (end < piece.Length && IsSmall(piece[end]))
        {
            while (end < piece.Length && IsSmall(piece[end]))
                end++;
            return end;
        }

        // Back to the last of the capitals that may be a small letter.
        while (end > at && !IsSmall(piece[end - 1]))
            end--;
        return end > at ? end : 0;
    }

    // No small letter follows, or the other alternative had matched.
    private int MatchCapitals(ReadOnlySpan<CodePoint> piece, int at)
    {
        int end = at;
        while (end < piece.Length && IsCapital(piece[end]))
            end++;
        return end > at ? end : 0;
    }

    private bool IsLetter(CodePoint point) => point.IsLetter
        || (point.IsMark && Letters is LetterRule.LettersAndMarks or LetterRule.CapitalsThenSmallAndMarks);

    private bool IsCapital(CodePoint point) => IsLetter(point) && point.Value is not (>= 'a' and <= 'z');

    private bool IsSmall(CodePoint point) => IsLetter(point) && point.Value is not (>= 'A' and <= 'Z');

    private int MatchDigits(ReadOnlySpan<CodePoint> piece, int at)
    {
        int end = at;
        while (end < piece.Length && end - at < Digits && piece[end].IsNumber)
            end++;
        return end - at;
    }

    private int MatchSymbols(ReadOnlySpan<CodePoint> piece, int at)
    {
        int first = piece[at].Value == ' ' ? at + 1 : at;
        int end = first;
        while (end < piece.Length && IsOther(piece[end]))
            end++;
        if (end == first)
            return 0;
        int most = SymbolsTakeOne ? 1 : int.MaxValue;
        for (; most > 0 && end < piece.Length && IsTaken(piece[end]); most--)
            end++;
        return end - at;
    }

    private bool IsOther(CodePoint point) =>
        !point.IsSpace && !point.IsLetter && !point.IsNumber && !(MarksAreNoSymbols && point.IsMark);

    private bool IsTaken(CodePoint point) =>
        (SymbolsTakeNewlines && point.IsNewline) || (SymbolsTakeSlashes && point.Value == '/');
}
