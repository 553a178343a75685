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
