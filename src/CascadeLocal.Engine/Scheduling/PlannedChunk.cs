namespace CascadeLocal.Engine.Scheduling;

/// <summary>The tokens of one sequence in a step.</summary>
/// <param name="Slot">Where it runs.</param>
/// <param name="Count">Tokens of it in the batch.</param>
/// <param name="LogitsIndex">The batch's token whose logits give its next one, -1 when its prompt is not done.</param>
internal readonly record struct PlannedChunk(Slot Slot, int Count, int LogitsIndex);
