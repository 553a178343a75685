namespace CascadeLocal.Engine.Scheduling;

/// <summary>The tokens of one sequence in a step.</summary>
/// <param name="Slot">Where it runs.</param>
/// <param name="Count">Tokens of it in the batch, drafted ones included.</param>
/// <param name="Drafted">The last of them that are a draft's, each with logits of its own.</param>
/// <param name="LogitsIndex">
/// The batch's token whose logits give its next one, -1 when its prompt is not done; those of the drafted tokens follow it.
/// </param>
internal readonly record struct PlannedChunk(Slot Slot, int Count, int Drafted, int LogitsIndex);
