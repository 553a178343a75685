using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// How much of an answer's text there is after each token: as the label says, else in proportion, since only the whole is
/// known.
/// </summary>
/// <param name="row">The label.</param>
/// <param name="tokens">Its tokens.</param>
internal readonly struct TokenText(LabelRow row, int tokens)
{
    private readonly string _text = row.Output ?? "";
    private readonly int[]? _ends = IsExact(row, tokens) ? row.TokenEnds : null;

    /// <summary>Whether a label says it for every token.</summary>
    public static bool IsExact(LabelRow row, int tokens) => tokens == 0 || row.Output is not null && row.TokenEnds?.Length == tokens;

    /// <summary>The characters that there are after a number of tokens; all of them after the last.</summary>
    public int EndOf(int count) =>
        count <= 0 ? 0
        : count >= tokens ? _text.Length
        : _ends is not null ? Math.Min(_ends[count - 1], _text.Length)
        : (int)((long)_text.Length * count / tokens);

    /// <summary>All text that there is after a number of tokens.</summary>
    public ReadOnlySpan<char> UpTo(int count) => _text.AsSpan(0, EndOf(count));

    /// <summary>What a token released, from 0.</summary>
    public string Of(int token) => _text[EndOf(token)..EndOf(token + 1)];
}
