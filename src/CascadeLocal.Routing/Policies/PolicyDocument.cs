using System.Text.Json.Serialization;

namespace CascadeLocal.Routing.Policies;

/// <summary>
/// policy.json as it is written. Sizes and models have the names and the form of a statistics file, so that the file is one,
/// too. Objects by cluster leave out what was not measured.
/// </summary>
internal sealed record PolicyDocument
{
    public required int Version { get; init; }

    public required EmbedderPart Embedder { get; init; }

    public required OptionsPart Options { get; init; }

    public required OrderedDictionary<string, double> ClusterSizes { get; init; }

    /// <summary>The member of each cluster, by name.</summary>
    public required OrderedDictionary<string, string> Assignment { get; init; }

    public required string DefaultMember { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GradedBy { get; init; }

    /// <summary>How many labels of each kind there were; a policy written before they were counted has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OrderedDictionary<string, int>? Kinds { get; init; }

    public required double ErrorTol { get; init; }

    /// <summary>Which queries are novel; the distances are in policy.safetensors. Policies written before there was such a thing have none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NoveltyPart? Novelty { get; init; }

    /// <summary>What is known of single queries; the numbers are in policy.safetensors.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ForecastPart? Forecast { get; init; }

    /// <summary>Stage 2, where there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EscalationPart? Escalation { get; init; }

    public required OrderedDictionary<string, ModelPart> Models { get; init; }

    /// <summary>SHA-256 of policy.safetensors in hexadecimal: the two files belong together.</summary>
    public required string TensorsSha256 { get; init; }

    internal sealed record EmbedderPart(string Name, string Fingerprint, int Dimensions);

    /// <param name="Alpha">The share of queries of the fitted kind that may be found novel.</param>
    internal sealed record NoveltyPart(double Alpha);

    /// <param name="Clusters">Of each clustering.</param>
    internal sealed record ForecastPart(IReadOnlyList<int> Clusters)
    {
        /// <summary>Whether it has a line beside the clusterings.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool Linear { get; init; }

        /// <summary>Where every query is routed by its own forecast.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public ForecastRoutingPart? Routing { get; init; }
    }

    internal sealed record ForecastRoutingPart(double Price)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Accuracy { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Cost { get; init; }
    }

    internal sealed record OptionsPart
    {
        /// <summary>tpot, e2el or cost.</summary>
        public required string Metric { get; init; }

        /// <summary>model or cluster.</summary>
        public required string CostBy { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? BudgetMs { get; init; }

        /// <summary>The budget where the metric is cost.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Budget { get; init; }
    }

    internal sealed record ModelPart
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Fingerprint { get; init; }

        public required OrderedDictionary<string, double> Errors { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? TpotMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OrderedDictionary<string, double>? ClusterTpotMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? E2elMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OrderedDictionary<string, double>? ClusterE2elMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Cost { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OrderedDictionary<string, double>? ClusterCost { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OrderedDictionary<string, double>? ClusterOutputTokens { get; init; }
    }
}

/// <summary>Nothing is read that a policy does not have: no unknown key, none twice, no null where a value belongs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PolicyDocument))]
internal sealed partial class PolicyJson : JsonSerializerContext;
