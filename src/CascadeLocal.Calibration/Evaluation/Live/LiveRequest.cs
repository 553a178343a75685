using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>What is sent.</summary>
internal sealed record LiveRequest(string Model, IReadOnlyList<LiveRequest.Turn> Messages)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    internal sealed record Turn(string Role, string Content);
}
