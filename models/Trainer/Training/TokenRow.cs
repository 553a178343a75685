namespace CascadeLocal.Trainer.Training;

/// <summary>One encoded conversation.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="IsAnswer">Which tokens the assistant has to produce: only on these there is a loss.</param>
internal sealed record TokenRow(IReadOnlyList<int> Tokens, IReadOnlyList<bool> IsAnswer);
