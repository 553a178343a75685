namespace CascadeLocal.Engine.Text;

/// <summary>Text to token ids, as the model was trained. Safe to use from several threads.</summary>
internal interface ITokenizer
{
    /// <summary>Tokens that are commands to the model, in no order; none has an empty text.</summary>
    IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <summary>The token a prompt has to begin with, or null where the model wants none.</summary>
    int? BeginOfText { get; }

    /// <summary>
    /// Adds the ids of <paramref name="text"/>, without a token for its beginning or end. All of it is text: no control token is
    /// read from it.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="ids">The ids so far.</param>
    /// <param name="limit">When to give up.</param>
    /// <exception cref="TooManyTokensException">There are more ids than the limit allows.</exception>
    /// <exception cref="OperationCanceledException">The limit's token was cancelled.</exception>
    void Tokenize(ReadOnlySpan<char> text, List<int> ids, TokenLimit limit);
}

/// <summary>When tokenising a prompt is given up.</summary>
/// <param name="AtMost">Most tokens of the prompt.</param>
/// <param name="CancellationToken">Nobody waits for the prompt any more.</param>
internal readonly record struct TokenLimit(int AtMost, CancellationToken CancellationToken)
{
    /// <summary>It is never given up.</summary>
    public static TokenLimit None { get; } = new(int.MaxValue, CancellationToken.None);
}

/// <summary>A prompt has more tokens than are of use. It was not tokenised to its end.</summary>
/// <param name="atLeast">So many at least.</param>
internal sealed class TooManyTokensException(int atLeast) : Exception
{
    /// <summary>Tokens it has at least.</summary>
    public int AtLeast => atLeast;
}
