namespace CascadeLocal.Engine;

/// <summary>How a generation went.</summary>
public sealed record GenerationResult
{
    /// <summary>Why it ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>The stop string that ended it, if one did.</summary>
    public string? StopString { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Those of them that were found in the KV cache and not evaluated again.</summary>
    public required int CachedTokens { get; init; }

    /// <summary>Tokens generated, the one that ended the answer included.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>From submission to the first token (TTFT).</summary>
    public required TimeSpan TimeToFirstToken { get; init; }

    /// <summary>From submission to the last token (E2EL).</summary>
    public required TimeSpan EndToEnd { get; init; }

    /// <summary>What became of the request's draft; null where it brought none.</summary>
    public DraftVerification? Draft { get; init; }

    /// <summary>
    /// Time per output token as vLLM defines it: (E2EL - TTFT) / (output tokens - 1); null below two tokens.
    /// </summary>
    public TimeSpan? TimePerOutputToken =>
        OutputTokens < 2 ? null : (EndToEnd - TimeToFirstToken) / (OutputTokens - 1);
}
