namespace CascadeLocal.Cascade.Decisions;

/// <summary>What somebody said about an answer.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Correct">From 0, wrong, to 1, right.</param>
/// <param name="Time">When it was said.</param>
/// <param name="Answer">What is remembered of the answer; null where it is forgotten.</param>
public sealed record Feedback(string Id, double Correct, DateTimeOffset Time, DeliveredAnswer? Answer);
