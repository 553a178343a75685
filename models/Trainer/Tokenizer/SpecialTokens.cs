namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>The tokens in front of every member's vocabulary.</summary>
internal static class SpecialTokens
{
    /// <summary>Fills unused places of a batch.</summary>
    public const int EndOfText = 0;

    /// <summary>Begins a turn.</summary>
    public const int TurnStart = 1;

    /// <summary>Ends a turn; the end of generation.</summary>
    public const int TurnEnd = 2;

    /// <summary>The first token that is an ordinary byte.</summary>
    public const int FirstByte = 6;

    /// <summary>Control tokens: only a chat template writes them, never a user's text.</summary>
    public static IReadOnlyList<string> Control { get; } = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    /// <summary>
    /// User-defined tokens, found anywhere in a text: a turn's role costs one token. Their ids follow the control
    /// tokens.
    /// </summary>
    public static IReadOnlyList<string> Roles { get; } = ["user", "assistant", "system"];
}
