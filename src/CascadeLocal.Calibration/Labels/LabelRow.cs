using System.Text.Json.Serialization;

using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Labels;

/// <summary>
/// How one model answered one question: a line of a label file. Files of other origin need only id, prompt, model and
/// correct.
/// </summary>
public sealed record LabelRow
{
    /// <summary>Names the question; the rows of all models and runs on it share it.</summary>
    public required string Id { get; init; }

    /// <summary>What is embedded: the last user message with text.</summary>
    public required string Prompt { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>How right the answer is, 0..1.</summary>
    public required double Correct { get; init; }

    /// <summary>
    /// The grader that judged it, where capture wrote the row; <c>agreement</c> means that right is what the strongest
    /// member says.
    /// </summary>
    public string? GradedBy { get; init; }

    /// <summary>What the question asks for beside text.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RequestKind>))]
    public RequestKind Kind { get; init; }

    /// <summary>Which of several runs over the data this is, from 0.</summary>
    public int Run { get; init; }

    /// <summary>The kind of question, where the data says it; never used for fitting.</summary>
    public string? Task { get; init; }

    /// <summary>The answer.</summary>
    public string? Output { get; init; }

    /// <summary>Why it ended: <c>stop</c> or <c>length</c>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Tokens of the answer, the one that ended it included.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Time to first token.</summary>
    public double? TtftMs { get; init; }

    /// <summary>Time per output token; null below two tokens.</summary>
    public double? TpotMs { get; init; }

    /// <summary>End-to-end latency.</summary>
    public double? E2elMs { get; init; }

    /// <summary>What the answer cost, in US dollars or in whatever the labels of all models count alike.</summary>
    public double? CostUsd { get; init; }

    /// <summary>What each token of it cost, where a price was stated: an answer that is dropped early saves it.</summary>
    [JsonIgnore]
    public double TokenCost { get; init; }

    /// <summary>
    /// After every token: how many characters (UTF-16) of the answer could be shown. Several tokens may have the same; the last
    /// has all of the answer.
    /// </summary>
    public int[]? TokenEnds { get; init; }

    /// <summary>Of every token: the logarithm of its probability, from raw logits at temperature 1.</summary>
    public float[]? TokenLogprobs { get; init; }

    /// <summary>Log-probability of the whole answer, at most 0: the sum over its tokens, where these are not told one by one.</summary>
    public float? Confidence { get; init; }

    /// <summary>Of every token: the entropy of its distribution in nats.</summary>
    public float[]? TokenEntropies { get; init; }

    /// <summary>Of every token: the log-probability of the best candidate less that of the second.</summary>
    public float[]? TokenMargins { get; init; }

    /// <summary>Of every token: the log-probabilities of the five best candidates, where entropies and margins are not given.</summary>
    public float[][]? Top5Logprobs { get; init; }

    /// <summary>Its cost under a metric; null where it was not measured.</summary>
    internal double? Under(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TpotMs,
        CostMetric.E2el => E2elMs,
        _ => CostUsd,
    };

    /// <summary>The same label with another cost under a metric.</summary>
    internal LabelRow At(CostMetric metric, double cost) => metric switch
    {
        CostMetric.Tpot => this with { TpotMs = cost },
        CostMetric.E2el => this with { E2elMs = cost },
        _ => this with { CostUsd = cost, TokenCost = 0 },
    };
}
