namespace CascadeLocal.Contracts;

/// <summary>
/// One layer of sampling settings; a null leaves the choice to the next layer. The layers are, strongest first: the request, the
/// pool's configuration, the model's own defaults, <see cref="Fallback"/>.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// What holds where no layer says anything: llama-server's defaults. Small models at temperature 1 and with the whole
    /// vocabulary to choose from talk nonsense.
    /// </summary>
    public static SamplingOptions Fallback { get; } = new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f };

    /// <summary>0 is greedy; 1 leaves the distribution as it is.</summary>
    public float? Temperature { get; init; }

    /// <summary>Only the k most probable tokens stay; 0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Only the smallest set of most probable tokens that reaches this mass stays; 1 keeps all.</summary>
    public float? TopP { get; init; }

    /// <summary>Only tokens at least this share as probable as the best one stay; 0 keeps all.</summary>
    public float? MinP { get; init; }

    /// <summary>Divides (or, below zero, multiplies) the logit of every token in prompt or answer; 1 is off.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Subtracted from a token's logit for every time it stands in the answer; 0 is off.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from the logit of a token that stands in the answer; 0 is off.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>This layer laid over a weaker one.</summary>
    public SamplingOptions Over(SamplingOptions weaker) => new()
    {
        Temperature = Temperature ?? weaker.Temperature,
        TopK = TopK ?? weaker.TopK,
        TopP = TopP ?? weaker.TopP,
        MinP = MinP ?? weaker.MinP,
        RepetitionPenalty = RepetitionPenalty ?? weaker.RepetitionPenalty,
        FrequencyPenalty = FrequencyPenalty ?? weaker.FrequencyPenalty,
        PresencePenalty = PresencePenalty ?? weaker.PresencePenalty,
    };
}
