namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// One layer of sampling settings; a null leaves the choice to the next layer. The layers are, strongest first: the
/// request, the pool's configuration, the model file's <c>general.sampling.*</c>, <see cref="Fallback"/>.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// What holds where no layer says anything: llama-server's defaults. Small models at temperature 1 and with the whole
    /// vocabulary to choose from talk nonsense.
    /// </summary>
    public static SamplingOptions Fallback { get; } = new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f };

    /// <summary>See <see cref="SamplingParameters.Temperature"/>.</summary>
    public float? Temperature { get; init; }

    /// <summary>See <see cref="SamplingParameters.TopK"/>.</summary>
    public int? TopK { get; init; }

    /// <summary>See <see cref="SamplingParameters.TopP"/>.</summary>
    public float? TopP { get; init; }

    /// <summary>See <see cref="SamplingParameters.MinP"/>.</summary>
    public float? MinP { get; init; }

    /// <summary>See <see cref="SamplingParameters.RepetitionPenalty"/>.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>See <see cref="SamplingParameters.FrequencyPenalty"/>.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>See <see cref="SamplingParameters.PresencePenalty"/>.</summary>
    public float? PresencePenalty { get; init; }
}
