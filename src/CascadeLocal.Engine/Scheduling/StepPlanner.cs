using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>The tokens of one sequence in a step.</summary>
/// <param name="Slot">Where it runs.</param>
/// <param name="Count">Tokens of it in the batch, drafted ones included.</param>
/// <param name="Drafted">The last of them that are a draft's, each with logits of its own.</param>
/// <param name="LogitsIndex">
/// The batch's token whose logits give its next one, -1 when its prompt is not done; those of the drafted tokens follow it.
/// </param>
internal readonly record struct PlannedChunk(Slot Slot, int Count, int Drafted, int LogitsIndex);

/// <summary>One step's batch and whose tokens are in it. Valid until the next one is planned.</summary>
internal readonly ref struct StepPlan
{
    /// <summary>What llama.cpp gets.</summary>
    public required StepBatch Batch { get; init; }

    /// <summary>The sequences in it.</summary>
    public required ReadOnlySpan<PlannedChunk> Chunks { get; init; }

    /// <summary>Sequences that decode one token.</summary>
    public required int DecodeTokens { get; init; }

    /// <summary>Drafted tokens that are verified behind them.</summary>
    public required int DraftTokens { get; init; }

    /// <summary>Prompt tokens.</summary>
    public required int PrefillTokens { get; init; }
}

/// <summary>
/// Fills the batch of a step: the next token of every decoding sequence first, with drafted tokens behind it, then prompt
/// chunks. Drafts and prompts share a budget in turns, so a long prompt does not delay a short one behind it. What runs alone has
/// all of the budget, and so the same batches every time; beside others it has what <see cref="PrefillPacer"/> leaves it.
/// </summary>
internal sealed class StepPlanner : IDisposable
{
    private readonly int _prefillBudget;
    private readonly PrefillPacer _pacer;
    private readonly StepBatch _batch;
    private readonly PlannedChunk[] _chunks;
    private readonly int[] _shares;
    private int _firstSlot;
    private int _chunkCount;

    public StepPlanner(int parallel, int prefillBudget, PrefillPacer pacer)
    {
        _prefillBudget = prefillBudget;
        _pacer = pacer;
        _batch = new StepBatch(parallel + prefillBudget);
        _chunks = new PlannedChunk[parallel];
        _shares = new int[parallel];
    }

    /// <summary>Plans a step of the slots that are running.</summary>
    /// <param name="slots">All slots.</param>
    /// <param name="withDrafts">Whether drafts are verified in it.</param>
    public StepPlan Plan(ReadOnlySpan<Slot> slots, bool withDrafts)
    {
        _batch.Clear();
        _chunkCount = 0;
        int decodes = 0;
        int drafted = 0;
        ShareBudget(slots, withDrafts);
        foreach (Slot slot in slots)
        {
            if (slot.Owner is not { Pending: 1 } owner)
                continue;
            Add(slot, 1, _shares[slot.Id]);
            drafted += _shares[slot.Id];

            // The last token of a prompt goes the same way, since it too brings a token forth.
            decodes += owner.OutputTokens > 0 ? 1 : 0;
        }

        foreach (Slot slot in slots)
        {
            if (slot.Owner is { Pending: > 1 } && _shares[slot.Id] > 0)
                Add(slot, _shares[slot.Id], 0);
        }

        return new StepPlan
        {
            Batch = _batch,
            Chunks = _chunks.AsSpan(0, _chunkCount),
            DecodeTokens = decodes,
            DraftTokens = drafted,
            PrefillTokens = _batch.Count - decodes - drafted,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    /// <summary>
    /// Divides the budget evenly among prompts and drafts; what a short one leaves goes to the others. Where there is less
    /// than one token for each, the first slot served moves on with every step.
    /// </summary>
    private void ShareBudget(ReadOnlySpan<Slot> slots, bool withDrafts)
    {
        Array.Clear(_shares);
        int budget = BudgetOf(slots, withDrafts);
        _firstSlot = (_firstSlot + 1) % slots.Length;
        int hungry;
        do
        {
            hungry = 0;
            foreach (Slot slot in slots)
                hungry += Wants(slot, withDrafts) > 0 ? 1 : 0;
            int share = hungry == 0 ? 0 : Math.Max(1, budget / hungry);
            for (int i = 0; i < slots.Length && budget > 0 && hungry > 0; i++)
            {
                Slot slot = slots[(_firstSlot + i) % slots.Length];
                int taken = Math.Min(Math.Min(share, Wants(slot, withDrafts)), budget);
                _shares[slot.Id] += taken;
                budget -= taken;
            }
        }
        while (budget > 0 && hungry > 0);
    }

    /// <summary>
    /// The whole budget where prompts are alone, or decodes that all have drafts, whose tokens come faster for these. Else somebody's
    /// next token waits for tokens of another, and the time counts.
    /// </summary>
    private int BudgetOf(ReadOnlySpan<Slot> slots, bool withDrafts)
    {
        int prompts = 0;
        int drafts = 0;
        int plain = 0;
        foreach (Slot slot in slots)
        {
            if (slot.Owner is not { } owner)
                continue;
            if (owner.Pending > 1)
                prompts++;
            else if (withDrafts && owner.DraftWanted > 0)
                drafts++;
            else if (owner.OutputTokens > 0)
                plain++;
        }

        bool isAlone = drafts + plain == 0 || prompts + plain == 0 || prompts + drafts == 0;
        return isAlone ? _prefillBudget : _pacer.TokensBeside(drafts + plain);
    }

    private int Wants(Slot slot, bool withDrafts)
    {
        if (slot.Owner is not { } owner)
            return 0;
        int wanted = owner.Pending > 1 ? owner.Pending : withDrafts ? owner.DraftWanted : 0;
        return wanted - _shares[slot.Id];
    }

    /// <summary>Adds the next tokens of a sequence: known ones and, once these are complete, drafted ones behind them.</summary>
    private void Add(Slot slot, int known, int drafted)
    {
        Sequence sequence = slot.Owner!;
        int from = slot.Length;
        int last = sequence.Length - 1;
        int index = -1;
        for (int position = from; position < from + known + drafted; position++)
        {
            int at = _batch.Add(sequence.Tokens[position], position, slot.Id, logits: position >= last);
            if (position == last)
                index = at;
        }

        _chunks[_chunkCount++] = new PlannedChunk(slot, known + drafted, drafted, index);
    }
}
