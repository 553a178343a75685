namespace CascadeLocal.Engine.Sampling;

/// <summary>A token that was chosen and what the raw logits say about it.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Signals">Its signals.</param>
internal readonly record struct SampledToken(int Id, TokenSignals Signals);
