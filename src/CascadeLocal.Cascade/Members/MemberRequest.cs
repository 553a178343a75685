using CascadeLocal.Engine;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Cascade.Members;

/// <summary>A conversation that a member is to answer.</summary>
public sealed record MemberRequest
{
    /// <summary>The turns so far; at least one.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The most tokens of the answer; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>Strings that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Never take an end-of-generation token.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>
    /// Token ids of another member's answer to the same conversation; of use only where both share a vocabulary
    /// (<see cref="ModelInfo.SharesVocabularyWith"/>). What became of it is in <see cref="GenerationResult.Draft"/>.
    /// </summary>
    public ReadOnlyMemory<int> Draft { get; init; }

    /// <summary>Requests share cached prefixes only with those of equal salt.</summary>
    public string CacheSalt { get; init; } = "";
}
