using System.Text.Json.Serialization;

using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Routing.Policies;

/// <summary>
/// Stage 2 as policy.json has it: models and clusters by name. JSON has no infinity, so null stands for a threshold that
/// nothing passes. The numbers of judges and of the projection are in policy.safetensors.
/// </summary>
internal sealed record EscalationPart
{
    /// <summary>The member that is escalated to, by name.</summary>
    public required string Target { get; init; }

    /// <summary>What is done with the queries of each cluster.</summary>
    public required OrderedDictionary<string, ActionPart> Actions { get; init; }

    /// <summary>By model: whose answers are judged, and from what. Others are not judged.</summary>
    public required OrderedDictionary<string, JudgePart> Judges { get; init; }

    /// <summary>By model, and by the one whose whole answer was rejected before: what is made of both. Others are judged alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OrderedDictionary<string, OrderedDictionary<string, AgreementPart>>? Agreements { get; init; }

    /// <summary>By model: when answers are judged before they end. Others are judged at the end.</summary>
    public required OrderedDictionary<string, EarlyRulePart> EarlyRules { get; init; }

    /// <summary>By model: the share of a rejected answer's verified tokens that the target says itself.</summary>
    public required OrderedDictionary<string, double> AcceptedShares { get; init; }

    /// <summary>The name of the set that judges take from the text; policies written before there were several have none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TextReader { get; init; }

    /// <summary>The names of what judges take from the text; those of another program mean nothing to this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? TextFeatures { get; init; }

    /// <summary>What is promised.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GuaranteePart? Guarantee { get; init; }

    /// <summary>What the questions for certifying gave.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExpectedPart? Expected { get; init; }

    /// <param name="Path">The models in the order in which they are asked, by name.</param>
    /// <param name="Thresholds">τ of all but the last; null where no answer is escalated.</param>
    internal sealed record ActionPart(IReadOnlyList<string> Path, IReadOnlyList<double?> Thresholds);

    /// <param name="Checkpoints">Growing numbers of tokens.</param>
    /// <param name="Accept">Per checkpoint; null where nothing is accepted there.</param>
    /// <param name="Reject">Per checkpoint; null where nothing is rejected there.</param>
    internal sealed record EarlyRulePart(
        IReadOnlyList<int> Checkpoints, IReadOnlyList<double?> Accept, IReadOnlyList<double?> Reject);

    internal sealed record JudgePart
    {
        /// <summary>Whether it sees signals of the tokens.</summary>
        public required bool Signals { get; init; }

        /// <summary>confidence or log_probability; without it these are log-probabilities, entropies and margins.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? SignalSet { get; init; }

        /// <summary>Whether it sees the cluster.</summary>
        public required bool Cluster { get; init; }

        /// <summary>Whether it sees the query's embedding.</summary>
        public required bool Query { get; init; }

        /// <summary>Whether it sees the text.</summary>
        public required bool Text { get; init; }

        public required IReadOnlyList<int> Checkpoints { get; init; }

        /// <summary>One per checkpoint, and that at the end; null where there is none.</summary>
        public required IReadOnlyList<HeadPart?> Own { get; init; }

        /// <summary>The same of the target's chance.</summary>
        public required IReadOnlyList<HeadPart?> Target { get; init; }
    }

    internal sealed record AgreementPart
    {
        /// <summary>The weights of the own chance, as <see cref="AgreementHead"/> has them.</summary>
        public required IReadOnlyList<double> Own { get; init; }

        /// <summary>Those of the target's chance; absent where it is not corrected.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<double>? Target { get; init; }
    }

    /// <param name="Features">How many features it takes.</param>
    /// <param name="Hidden">Its hidden units.</param>
    /// <param name="Calibration">platt or isotonic.</param>
    internal sealed record HeadPart(int Features, int Hidden, string Calibration);

    /// <param name="Kind">confidence, mean or none.</param>
    /// <param name="Keep">The share that is kept.</param>
    /// <param name="Delta">The chance that the labels mislead.</param>
    internal sealed record GuaranteePart(string Kind, double Keep, double Delta);

    internal sealed record ExpectedPart
    {
        public required int Questions { get; init; }

        public required double Accuracy { get; init; }

        public required double StrongestAccuracy { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? TpotMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? E2elMs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? Cost { get; init; }

        public required double EscalationRate { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? AcceptProbability { get; init; }
    }
}
