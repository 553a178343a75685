using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>Drafts tokens ahead of running answers, which the next step verifies. Used on the decode thread only.</summary>
internal abstract class Drafter(Vocabulary vocabulary) : IDisposable
{
    /// <summary>Drafts for every answer of which a draft is worth its cost, and drops what was drafted before.</summary>
    /// <param name="slots">All slots.</param>
    public void Draft(ReadOnlySpan<Slot> slots)
    {
        int running = 0;
        foreach (Slot slot in slots)
            running += slot.Owner is { Pending: 1, OutputTokens: > 0 } ? 1 : 0;
        foreach (Slot slot in slots)
        {
            if (slot.Owner is not { Ahead: { } ahead } owner)
                continue;
            ahead.Clear();
            if (owner is { Pending: 1, OutputTokens: > 0, DraftWanted: 0, Room: > 0 } && ahead.Begin(running))
                Wanted(slot, owner, running > 1);
        }

        Run();
    }

    /// <summary>What it holds is freed.</summary>
    public virtual void Dispose()
    {
    }

    /// <summary>A draft for this answer is wanted.</summary>
    /// <param name="slot">Where it runs.</param>
    /// <param name="owner">It.</param>
    /// <param name="isBeside">Whether other answers wait meanwhile for their next token.</param>
    protected abstract void Wanted(Slot slot, Sequence owner, bool isBeside);

    /// <summary>All answers were asked for.</summary>
    protected virtual void Run()
    {
    }

    /// <summary>Puts a token behind the draft of an answer, if it may stand there; says whether another one is wanted.</summary>
    protected bool Extend(Sequence owner, int token, double probability) =>
        (uint)token < (uint)vocabulary.Count && !vocabulary.EndsGeneration(token) && owner.Extend(token, probability);
}

/// <summary>Drafts what followed the last tokens where they stood before: what is quoted, listed again or edited costs no decode.</summary>
internal sealed class LookupDrafter(Vocabulary vocabulary) : Drafter(vocabulary)
{
    /// <summary>The most tokens that are looked for, and the fewest.</summary>
    private const int Longest = 4, Shortest = 2;

    /// <summary>The chance of a token before anything is known of the answer; what it is really is learnt as it goes.</summary>
    private const double Probability = 0.8;

    /// <inheritdoc/>
    protected override void Wanted(Slot slot, Sequence owner, bool isBeside)
    {
        ReadOnlySpan<int> known = owner.Known;
        for (int length = Longest; length >= Shortest; length--)
        {
            if (known.Length <= length || known[..^1].LastIndexOf(known[^length..]) is not (>= 0 and var at))
                continue;
            foreach (int token in known[(at + length)..])
            {
                if (!Extend(owner, token, Probability))
                    return;
            }

            return;
        }
    }
}

/// <summary>
/// Drafts with a model of the same vocabulary that decodes in far less time. Sequence n of its KV cache follows slot n: what the answer
/// did not take is cut, what it took elsewhere is evaluated. All answers are drafted for in the same decodes.
/// </summary>
internal sealed class ModelDrafter : Drafter
{
    /// <summary>Tokens of prompts that are evaluated at once where other answers wait for it.</summary>
    private const int BudgetBeside = 32;

    private readonly IModelContext _model;
    private readonly StreamKvCache _kv;
    private readonly LogitsWorkspace _workspace;
    private readonly StepBatch _batch;
    private readonly int[][] _held;
    private readonly (Slot Slot, int LogitsIndex)[] _drafting;
    private readonly int _contextLength;
    private readonly int _budget;
    private int _count;
    private bool _isBroken;

    /// <summary>Takes over the context of the drafting model.</summary>
    /// <param name="model">With as many sequences as there are slots.</param>
    /// <param name="vocabulary">That of both models.</param>
    /// <param name="parallel">How many slots there are.</param>
    /// <param name="contextLength">Tokens that each of its sequences holds.</param>
    /// <param name="budget">The most tokens that are evaluated at once beside one of every sequence.</param>
    public ModelDrafter(IModelContext model, Vocabulary vocabulary, int parallel, int contextLength, int budget)
        : base(vocabulary)
    {
        _model = model;
        _kv = new StreamKvCache(model, parallel, contextLength);
        _workspace = new LogitsWorkspace(vocabulary.Count);
        _batch = new StepBatch(parallel + budget);
        _held = [.. Enumerable.Range(0, parallel).Select(_ => new int[contextLength])];
        _drafting = new (Slot, int)[parallel];
        _contextLength = contextLength;
        _budget = budget;
    }

    /// <summary>Called once, with what went wrong, where the model cannot go on drafting.</summary>
    public Action<string>? Failed { get; set; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
        base.Dispose();
    }

    /// <summary>
    /// Adds what the model has not seen of the answer and its prompt. Where that is more than is evaluated at once, it is drafted for once
    /// all is seen.
    /// </summary>
    protected override void Wanted(Slot slot, Sequence owner, bool isBeside)
    {
        // The whole prompt, whatever of it is still there from a request before: an answer alone is to have the same batches every time.
        bool pays = owner.OutputTokens >= owner.Ahead!.TokensToPay(owner.PromptLength);
        if (_isBroken || !pays || owner.Length + DraftAhead.Most > _contextLength)
            return;
        int id = slot.Id;
        int last = owner.Length - 1;
        ReadOnlySpan<int> held = _held[id].AsSpan(0, _kv.Length(id));
        int from = _kv.Truncate(id, Math.Min(last, held.CommonPrefixLength(owner.Known)));
        int budget = isBeside ? Math.Min(_budget, BudgetBeside) : _budget;
        int end = Math.Min(owner.Length, from + Math.Max(1, budget - _batch.Count));
        int index = -1;
        for (int position = from; position < end; position++)
            index = Add(slot, owner, position, logits: position == last);
        if (end > last)
            _drafting[_count++] = (slot, index);
    }

    /// <inheritdoc/>
    protected override void Run()
    {
        while (_batch.Count > 0)
        {
            if (_model.Decode(_batch) is not DecodeStatus.Ok and var status)
            {
                GiveUp(status);
                return;
            }

            foreach (int sequence in _batch.Sequences)
                _kv.Appended(sequence, 1);
            _batch.Clear();
            int drafting = _count;
            _count = 0;
            for (int i = 0; i < drafting; i++)
            {
                (Slot slot, int index) = _drafting[i];
                if (DraftOne(slot.Owner!, index))
                    _drafting[_count++] = (slot, Add(slot, slot.Owner!, slot.Owner!.Length + slot.Owner.Ahead!.Count - 1, logits: true));
            }
        }
    }

    // The most probable token: whatever the answer is sampled with, it takes it with its own probability.
    private bool DraftOne(Sequence owner, int index)
    {
        Span<float> logits = _model.Logits(index);
        LogitsSummary summary = _workspace.Kernel.Summarize(logits);
        return Extend(owner, summary.Best, Math.Exp(-summary.LogSum));
    }

    private int Add(Slot slot, Sequence owner, int position, bool logits)
    {
        int token = owner.Tokens[position];
        _held[slot.Id][position] = token;
        return _batch.Add(token, position, slot.Id, logits);
    }

    private void GiveUp(DecodeStatus status)
    {
        _isBroken = true;
        _count = 0;
        _batch.Clear();
        _kv.Clear();
        Failed?.Invoke($"its decode failed ({status})");
    }
}
