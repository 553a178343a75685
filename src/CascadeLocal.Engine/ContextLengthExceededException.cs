namespace CascadeLocal.Engine;

/// <summary>A prompt, with the room asked for its answer, is longer than the model's context.</summary>
public sealed class ContextLengthExceededException(int promptTokens, int maxTokens, int contextLength) : Exception(
    $"The model's context is {contextLength} tokens; the prompt has {promptTokens} tokens and the answer may have {maxTokens}, {promptTokens + (long)maxTokens} in all.")
{
    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; } = promptTokens;

    /// <summary>Tokens asked for the answer; at least 1.</summary>
    public int MaxTokens { get; } = maxTokens;

    /// <summary>Tokens one sequence can hold.</summary>
    public int ContextLength { get; } = contextLength;
}
