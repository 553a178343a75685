using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>What is read of a chat completion.</summary>
internal sealed record LiveResponse(IReadOnlyList<LiveResponse.Choice> Choices, LiveResponse.CascadePart Cascade)
{
    internal sealed record Choice(Message Message);

    internal sealed record Message(string? Content);

    internal sealed record CascadePart(string Model, bool Escalated, IReadOnlyList<LivePass> Passes)
    {
        /// <summary>Tokens of a rejected answer that the stronger member kept.</summary>
        public int DraftTokensReused { get; init; }
    }
}

/// <summary>What is sent.</summary>
internal sealed record LiveRequest(string Model, IReadOnlyList<LiveRequest.Turn> Messages)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    internal sealed record Turn(string Role, string Content);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LiveRequest))]
[JsonSerializable(typeof(LiveResponse))]
internal sealed partial class LiveJson : JsonSerializerContext;
