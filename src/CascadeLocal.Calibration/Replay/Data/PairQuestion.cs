namespace CascadeLocal.Calibration.Replay.Data;

/// <summary>A question that a weak and a strong model have answered.</summary>
/// <param name="Prompt">The question as it was asked.</param>
/// <param name="WeakRight">Whether the weak model's answer is right.</param>
/// <param name="StrongRight">Whether the strong model's answer is right.</param>
/// <param name="WeakAnswer">The weak model's answer, or null where it was not kept.</param>
public sealed record PairQuestion(string Prompt, bool WeakRight, bool StrongRight, string? WeakAnswer);
