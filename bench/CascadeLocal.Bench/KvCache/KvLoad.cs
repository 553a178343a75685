namespace CascadeLocal.Bench.KvCache;

/// <summary>What a step finds in the KV cache, as a parameter of a benchmark.</summary>
/// <param name="Sequences">Sequences that decode.</param>
/// <param name="IdleCells">Cells of others that do not.</param>
public sealed record KvLoad(int Sequences, int IdleCells)
{
    /// <inheritdoc/>
    public override string ToString() => IdleCells == 0 ? $"{Sequences}" : $"{Sequences}, {IdleCells} idle cells";
}
