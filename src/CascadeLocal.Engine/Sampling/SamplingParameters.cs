namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// How the next token is chosen. The order is llama.cpp's: bias and penalties on the logits, then top-k, top-p and
/// min-p on the distribution at temperature 1, then the temperature, then one draw.
/// </summary>
public sealed record SamplingParameters
{
    /// <summary>Always the most probable token; of equal ones the lowest id.</summary>
    public static SamplingParameters Greedy { get; } = new() { Temperature = 0 };

    /// <summary>0 is greedy; 1 leaves the distribution as it is.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only the k most probable tokens stay; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the smallest set of most probable tokens that reaches this mass stays; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as probable as the best one stay; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides (or, below zero, multiplies) the logit of every token in prompt or answer; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from a token's logit for every time it stands in the answer; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from the logit of a token that stands in the answer; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of single tokens, by token id; -100 or less bans a token, as OpenAI's API has it.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>The seed of the draws; null takes a new one every time.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The settings of a request: its own, then the configuration's, then the file's, then <see cref="SamplingOptions.Fallback"/>.</summary>
    public static SamplingParameters Of(GenerationRequest request, SamplingOptions configured, SamplingOptions file)
    {
        SamplingOptions layers = request.Sampling.Over(configured).Over(file).Over(SamplingOptions.Fallback);
        SamplingParameters neutral = new();
        return new()
        {
            Temperature = layers.Temperature ?? neutral.Temperature,
            TopK = layers.TopK ?? neutral.TopK,
            TopP = layers.TopP ?? neutral.TopP,
            MinP = layers.MinP ?? neutral.MinP,
            RepetitionPenalty = layers.RepetitionPenalty ?? neutral.RepetitionPenalty,
            FrequencyPenalty = layers.FrequencyPenalty ?? neutral.FrequencyPenalty,
            PresencePenalty = layers.PresencePenalty ?? neutral.PresencePenalty,
            LogitBias = request.LogitBias,
            Seed = request.Seed,
        };
    }
}
