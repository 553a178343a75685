using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// Fills the batch of a step: the next token of every decoding sequence first, then prompt chunks up to the budget,
/// which the prompts share in turns. So a long prompt delays neither a decode nor a short prompt behind it.
/// </summary>
internal sealed class StepPlanner : IDisposable
{
    private readonly int _prefillBudget;
    private readonly StepBatch _batch;
    private readonly PlannedChunk[] _chunks;
    private readonly int[] _shares;
    private int _firstSlot;
    private int _chunkCount;

    public StepPlanner(int parallel, int prefillBudget)
    {
        _prefillBudget = prefillBudget;
        _batch = new StepBatch(parallel + prefillBudget);
        _chunks = new PlannedChunk[parallel];
        _shares = new int[parallel];
    }

    /// <summary>Plans a step of the slots that are running.</summary>
    public StepPlan Plan(ReadOnlySpan<Slot> slots)
    {
        _batch.Clear();
        _chunkCount = 0;
        int decodes = 0;
        foreach (Slot slot in slots)
        {
            if (slot.Owner is not { Pending: 1 } owner)
                continue;
            Add(slot, 1);

            // The last token of a prompt goes the same way, since it too brings a token forth.
            decodes += owner.OutputTokens > 0 ? 1 : 0;
        }

        ShareBudget(slots);
        foreach (Slot slot in slots)
        {
            if (_shares[slot.Id] > 0)
                Add(slot, _shares[slot.Id]);
        }

        return new StepPlan
        {
            Batch = _batch,
            Chunks = _chunks.AsSpan(0, _chunkCount),
            DecodeTokens = decodes,
            PrefillTokens = _batch.Count - decodes,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    /// <summary>
    /// Divides the budget evenly among the prompts; what a short one leaves goes to the others. Where there is less
    /// than one token for each, the first slot served moves on with every step.
    /// </summary>
    private void ShareBudget(ReadOnlySpan<Slot> slots)
    {
        Array.Clear(_shares);
        int budget = _prefillBudget;
        _firstSlot = (_firstSlot + 1) % slots.Length;
        int hungry;
        do
        {
            hungry = 0;
            foreach (Slot slot in slots)
                hungry += Wants(slot) > 0 ? 1 : 0;
            int share = hungry == 0 ? 0 : Math.Max(1, budget / hungry);
            for (int i = 0; i < slots.Length && budget > 0 && hungry > 0; i++)
            {
                Slot slot = slots[(_firstSlot + i) % slots.Length];
                int taken = Math.Min(Math.Min(share, Wants(slot)), budget);
                _shares[slot.Id] += taken;
                budget -= taken;
            }
        }
        while (budget > 0 && hungry > 0);
    }

    private int Wants(Slot slot) => slot.Owner is { Pending: > 1 } owner ? owner.Pending - _shares[slot.Id] : 0;

    private void Add(Slot slot, int count)
    {
        Sequence sequence = slot.Owner!;
        int from = slot.Length;
        bool complete = from + count == sequence.Length;
        int index = -1;
        for (int i = 0; i < count; i++)
        {
            bool wantsLogits = complete && i == count - 1;
            int at = _batch.Add(sequence.Tokens[from + i], from + i, slot.Id, wantsLogits);
            if (wantsLogits)
                index = at;
        }

        _chunks[_chunkCount++] = new PlannedChunk(slot, count, index);
    }
}
