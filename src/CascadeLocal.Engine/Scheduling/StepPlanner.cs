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

/// <summary>
/// How many tokens of prompts and drafts a step takes beside running decodes, so that it lasts no longer than a multiple of a
/// step of these alone: (slowdown - 1) * D / p tokens, with D the time of a step of the decodes alone and p that of a token
/// beside them. Other work on the machine only ever adds to a time, so both are lower quartiles of the last ones measured.
/// </summary>
internal sealed class PrefillPacer
{
    /// <summary>The fewest tokens, so that prompts move whatever was measured. What is chosen is a multiple of it.</summary>
    public const int LeastTokens = 4;

    /// <summary>Steps with prompts or drafts in them after which one goes without, so that what is compared with does not grow old.</summary>
    public const int StepsBetweenBare = 16;

    private const int BareSteps = 3;
    private const int MixedSteps = 9;

    /// <summary>A chunk is at most so many times as long as the last one, so that a wrong estimate is found out by a step and not by a long one.</summary>
    private const int Growth = 2;

    /// <summary>A step with more in it that takes less than this share of one without shows that the machine is faster than it was.</summary>
    private const double FasterShare = 0.75;

    /// <summary>One that takes so many times what it should shows that the machine may be slower, or that something held it up.</summary>
    private const double SlowerFactor = 2;

    /// <summary>Steps that have passed at least between two that go without prompts for that reason.</summary>
    private const int StepsBetweenDoubts = 4;

    private readonly int _most;
    private readonly int _least;
    private readonly double _slowdown;

    /// <summary>Steps of decodes alone, by their number.</summary>
    private readonly RecentTimes[] _bare;
    private readonly RecentTimes _perToken = new(MixedSteps);
    private int _sinceBare = StepsBetweenBare;
    private int _lastTokens;

    /// <param name="parallel">The most decodes of a step.</param>
    /// <param name="budget">The most tokens beside them.</param>
    /// <param name="slowdown">How many times as long as without them a step may take; above 1.</param>
    public PrefillPacer(int parallel, int budget, double slowdown)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        if (!(slowdown > 1))
            throw new ArgumentOutOfRangeException(nameof(slowdown), slowdown, "A step with more in it takes longer: the multiple is above 1.");
        _most = budget;
        _least = Math.Min(LeastTokens, budget);
        _slowdown = slowdown;
        _bare = [.. Enumerable.Range(0, parallel + 1).Select(_ => new RecentTimes(BareSteps))];
    }

    /// <summary>
    /// Tokens of prompts and drafts that the next step takes beside so many decodes; 0 where it is to show what they take alone. The same
    /// until something is observed.
    /// </summary>
    public int TokensBeside(int decodes)
    {
        if (_sinceBare >= StepsBetweenBare)
            return 0;
        double bare = BareStep(decodes);
        if (bare == 0)
            return _least;
        // Until it is measured: no more than a decoded token.
        double perToken = _perToken.Count == 0 ? bare / decodes : _perToken.Low;
        double most = _lastTokens == 0 ? _most : Math.Clamp(Growth * _lastTokens, _least, _most);
        double tokens = Math.Clamp((_slowdown - 1) * bare / perToken, _least, most);
        return Math.Max(_least, (int)tokens / LeastTokens * LeastTokens);
    }

    /// <summary>Takes in what a step took.</summary>
    /// <param name="decodes">Sequences that decoded.</param>
    /// <param name="others">Tokens beside them.</param>
    /// <param name="seconds">Its time, from the batch to the last token chosen.</param>
    public void Observe(int decodes, int others, double seconds)
    {
        if (decodes == 0)
            return;
        if (others == 0)
        {
            _bare[decodes].Add(seconds);
            _sinceBare = 0;
            return;
        }

        // One that was to go without them and could not, for the last token of a prompt, is not waited for.
        _sinceBare = _sinceBare >= StepsBetweenBare ? 0 : _sinceBare + 1;
        double bare = BareStep(decodes);
        if (bare == 0 || others < _least)
            return;
        _lastTokens = others;
        if (seconds < FasterShare * bare)
        {
            _sinceBare = StepsBetweenBare;
            return;
        }

        _perToken.Add(Math.Max(0, seconds - bare) / others);
        if (seconds > SlowerFactor * _slowdown * bare && _sinceBare >= StepsBetweenDoubts)
            _sinceBare = StepsBetweenBare;
    }

    /// <summary>
    /// The time of a step of so many decodes alone; 0 where none is known. Of another number it is taken as what it is at least: more
    /// sequences never take less time, nor less for each.
    /// </summary>
    private double BareStep(int decodes)
    {
        for (int distance = 0; distance < _bare.Length; distance++)
        {
            int fewer = decodes - distance;
            if (fewer > 0 && _bare[fewer].Count > 0)
                return _bare[fewer].Low;
            int more = decodes + distance;
            if (more < _bare.Length && _bare[more].Count > 0)
                return _bare[more].Low * decodes / more;
        }

        return 0;
    }

    /// <summary>The lower quartile of the last <paramref name="window"/> times, by nearest rank: outliers move it little.</summary>
    private sealed class RecentTimes(int window)
    {
        private readonly double[] _times = new double[window];
        private readonly double[] _sorted = new double[window];
        private int _next;

        /// <summary>How many there are.</summary>
        public int Count { get; private set; }

        /// <summary>Their lower quartile.</summary>
        public double Low { get; private set; }

        public void Add(double time)
        {
            _times[_next] = time;
            _next = (_next + 1) % _times.Length;
            Count = Math.Min(Count + 1, _times.Length);
            Span<double> sorted = _sorted.AsSpan(0, Count);
            _times.AsSpan(0, Count).CopyTo(sorted);
            sorted.Sort();
            Low = sorted[((Count + 3) / 4) - 1];
        }
    }
}
