using System.Globalization;

namespace CascadeLocal.Trainer.Tasks;

/// <summary>How a question is typed: as written, or in lower case, or without its last mark, as people do.</summary>
internal readonly record struct TypingStyle(bool LowerCase, bool NoFinalMark)
{
    private static readonly char[] FinalMarks = [' ', '.', '?', '!'];

    /// <summary>The form that all styles of a question share.</summary>
    public static TypingStyle Bare { get; } = new(LowerCase: true, NoFinalMark: true);

    /// <summary>Draws a style: half of the questions are as written. Those of test D are always.</summary>
    public static TypingStyle Draw(Random random, PhrasingPool pool) => pool == PhrasingPool.UnseenWriter ? default : random.Next(10) switch
    {
        < 5 => default,
        < 7 => new TypingStyle(LowerCase: true, NoFinalMark: false),
        < 9 => Bare,
        _ => new TypingStyle(LowerCase: false, NoFinalMark: true),
    };

    /// <summary>A phrasing in <see cref="Bare"/> form, its slots as they are.</summary>
    public static string BareOf(string phrasing) => Bare.Type(phrasing, [], keepOperandCase: false);

    /// <summary>Types a phrasing with its operands.</summary>
    /// <param name="phrasing">The phrasing, with slots.</param>
    /// <param name="operands">The texts for the slots; where there are none, braces are ordinary text.</param>
    /// <param name="keepOperandCase">Lower case does not touch the operands, since the answer repeats them.</param>
    public string Type(string phrasing, string[] operands, bool keepOperandCase)
    {
        if (NoFinalMark && phrasing.TrimEnd(FinalMarks) is { Length: > 0 } unmarked)
            phrasing = unmarked;
        if (LowerCase)
            phrasing = phrasing.ToLowerInvariant();
        string text = operands.Length == 0 ? phrasing : string.Format(CultureInfo.InvariantCulture, phrasing, operands);
        return LowerCase && !keepOperandCase ? text.ToLowerInvariant() : text;
    }
}
