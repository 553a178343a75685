namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>What an answer gives as its result.</summary>
/// <param name="Form">How it is marked.</param>
/// <param name="Value">The number, or null where there is none.</param>
/// <param name="Start">Where the mark or the number begins, in UTF-16 units; the length of the text without one.</param>
/// <param name="IsInteger">Whether the number is whole.</param>
/// <param name="LettersAfter">How many letters follow the number.</param>
internal sealed record FinalAnswer(FinalForm Form, double? Value, int Start, bool IsInteger, int LettersAfter)
{
    private static readonly (string Mark, FinalForm Form)[] Marks =
        [("####", FinalForm.Hash), ("\\boxed{", FinalForm.Boxed), ("answer is", FinalForm.Phrase), ("answer:", FinalForm.Phrase)];

    /// <summary>Finds the last of the strongest mark that the text has; without any, the last number.</summary>
    public static FinalAnswer Find(string text, List<Token> tokens)
    {
        foreach ((string mark, FinalForm form) in Marks)
        {
            int at = text.LastIndexOf(mark, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            int number = tokens.FindIndex(token => token.Kind == TokenKind.Number && token.Start >= at);
            return number < 0 ? new(form, null, at, false, LettersFrom(text, at)) : Of(text, form, at, tokens, number);
        }

        int last = tokens.FindLastIndex(token => token.Kind == TokenKind.Number);
        return last < 0
            ? new(FinalForm.None, null, text.Length, false, 0)
            : Of(text, FinalForm.None, tokens[last].Start, tokens, last);
    }

    private static FinalAnswer Of(string text, FinalForm form, int start, List<Token> tokens, int index)
    {
        Token number = tokens[index];
        double value = index > 0 && tokens[index - 1].Kind == TokenKind.Minus ? -number.Value : number.Value;
        return new(form, value, start, value == Math.Floor(value), LettersFrom(text, number.End));
    }

    private static int LettersFrom(string text, int at)
    {
        int letters = 0;
        foreach (char c in text.AsSpan(at))
            letters += char.IsLetter(c) ? 1 : 0;
        return letters;
    }
}

/// <summary>How an answer marks its result.</summary>
internal enum FinalForm
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>"The answer is ...".</summary>
    Phrase,

    /// <summary>LaTeX: <c>\boxed{...}</c>.</summary>
    Boxed,

    /// <summary>GSM8K: <c>#### ...</c>.</summary>
    Hash,
}
