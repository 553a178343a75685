using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine;

/// <summary>One prompt to be continued.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids of the prompt; at least one.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>The most tokens to generate; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingParameters Sampling { get; init; } = SamplingParameters.Greedy;

    /// <summary>Strings that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Never take an end-of-generation token.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>
    /// An answer to the same conversation that another model of equal vocabulary gave
    /// (<see cref="ModelInfo.SharesVocabularyWith"/>). As far as it is what this model says itself, its tokens are verified
    /// many at a time and not decoded one by one; the answer is the same as without. A guess, so nothing in it is an error.
    /// </summary>
    public ReadOnlyMemory<int> Draft { get; init; }

    /// <summary>Requests share cached prefixes only with those of equal salt.</summary>
    public string CacheSalt { get; init; } = "";
}
