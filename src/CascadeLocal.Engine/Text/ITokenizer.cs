namespace CascadeLocal.Engine.Text;

/// <summary>Text to token ids, as the model was trained. Safe to use from several threads.</summary>
internal interface ITokenizer
{
    /// <summary>Tokens that are commands to the model, in no order; none has an empty text.</summary>
    IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <summary>The token a prompt has to begin with, or null where the model wants none.</summary>
    int? BeginOfText { get; }

    /// <summary>
    /// The ids of <paramref name="text"/>, without a token for its beginning or end.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseControl">Whether the texts of control tokens become those tokens.</param>
    int[] Tokenize(string text, bool parseControl);
}
