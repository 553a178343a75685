using System.Diagnostics;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>The bounds a scheduler works within.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Sequences in the KV cache, and so the most that run at once.</summary>
    public required int Parallel { get; init; }

    /// <summary>The most prompt tokens evaluated in one step.</summary>
    public required int PrefillBudget { get; init; }

    /// <summary>How many times as long as without prompts a step may take beside running decodes; above 1.</summary>
    public required double PrefillSlowdown { get; init; }

    /// <summary>What steps are timed by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether prompts start from what is cached.</summary>
    public required bool PrefixCache { get; init; }

    /// <summary>Cells that idle sequences may hold in a shared KV cache.</summary>
    public required int MaxIdleCells { get; init; }

    /// <summary>Where prefixes go that lose their slot; null forgets them.</summary>
    public ModelPrefixes? Stored { get; init; }

    /// <summary>Who drafts ahead of the answers; owned by the scheduler. Null for nobody.</summary>
    public Drafter? Drafter { get; init; }
}

/// <summary>What one step did, for tests and benchmarks.</summary>
/// <param name="Index">Its number, from 1.</param>
/// <param name="DecodeTokens">Sequences that decoded one token.</param>
/// <param name="DraftTokens">Drafted tokens verified.</param>
/// <param name="PrefillTokens">Prompt tokens evaluated.</param>
/// <param name="Running">Sequences that ran, decoding or in prefill.</param>
internal readonly record struct StepReport(long Index, int DecodeTokens, int DraftTokens, int PrefillTokens, int Running);

/// <summary>
/// Continuous batching for one model. A step admits waiting requests, evaluates one token of every decoding sequence,
/// drafted ones behind it and a chunk of every prompt in prefill, and samples. Everything happens on one thread.
/// </summary>
internal sealed class Scheduler : IDisposable
{
    private readonly IModelContext _model;
    private readonly IKvCache _kv;
    private readonly Vocabulary _vocabulary;
    private readonly LogitsWorkspace _workspace;
    private readonly SlotTable _table;
    private readonly PrefillPacer _pacer;
    private readonly StepPlanner _planner;
    private readonly Drafter? _drafter;
    private readonly TimeProvider _clock;
    private readonly List<Sequence> _waiting = [];

    /// <summary>Running sequences, in the order in which they were admitted.</summary>
    private readonly List<Sequence> _running;

    public Scheduler(IModelContext model, IKvCache kv, Vocabulary vocabulary, SchedulerOptions options)
    {
        _model = model;
        _kv = kv;
        _vocabulary = vocabulary;
        _workspace = new LogitsWorkspace(vocabulary.Count);
        _table = new SlotTable(kv, options.Parallel, options.PrefixCache, options.MaxIdleCells, options.Stored);
        _pacer = new PrefillPacer(options.Parallel, options.PrefillBudget, options.PrefillSlowdown);
        _planner = new StepPlanner(options.Parallel, options.PrefillBudget, _pacer);
        _drafter = options.Drafter;
        _clock = options.Clock;
        _running = new List<Sequence>(options.Parallel);
    }

    /// <summary>Called in every step as soon as it is known what runs in it.</summary>
    public Action? Admitted { get; set; }

    /// <summary>Called after every step.</summary>
    public Action<StepReport>? StepDone { get; set; }

    /// <summary>What has been done so far.</summary>
    public SchedulerCounters Counters { get; } = new();

    /// <summary>Whether anybody drafts ahead of the answers.</summary>
    public bool DraftsAhead => _drafter is not null;

    /// <summary>Whether any request waits or runs.</summary>
    public bool HasWork => _waiting.Count + _running.Count > 0;

    /// <summary>Requests that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Requests that run.</summary>
    public int Running => _running.Count;

    /// <summary>The most requests that run at once.</summary>
    public int Parallel => _table.Slots.Length;

    /// <summary>
    /// Puts a request into the queue: before those that give way to it, and among those of its priority so that clients take turns, whatever
    /// each has waiting.
    /// </summary>
    public void Enqueue(Sequence sequence) => _waiting.Insert(WaitingOrder.PlaceOf(sequence, _waiting), sequence);

    /// <summary>Does one step.</summary>
    public void Step()
    {
        DropCancelled();
        Admit();
        Admitted?.Invoke();
        if (_running.Count == 0)
            return;
        _drafter?.Draft(_table.Slots);
        long started = Stopwatch.GetTimestamp();
        long planned = _clock.GetTimestamp();
        bool withDrafts = _kv.CanCut;
        StepPlan plan = _planner.Plan(_table.Slots, withDrafts);
        DecodeStatus status = Decode(plan);
        while (status == DecodeStatus.NoKvSlot && MakeRoom(ref withDrafts))
        {
            plan = _planner.Plan(_table.Slots, withDrafts);
            status = Decode(plan);
        }

        if (status != DecodeStatus.Ok)
        {
            FailRunning(new EngineException($"llama_decode failed on a batch of {plan.Batch.Count} tokens ({status})."));
            return;
        }

        foreach (PlannedChunk chunk in plan.Chunks)
            _kv.Appended(chunk.Slot.Id, chunk.Count);
        Counters.AddStep(plan, _kv);
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            if (chunk.LogitsIndex >= 0)
                Sample(chunk, started);
        }

        _pacer.Observe(plan.DecodeTokens, plan.DraftTokens + plan.PrefillTokens, _clock.GetElapsedTime(planned).TotalSeconds);
        StepDone?.Invoke(new StepReport(Counters.Steps, plan.DecodeTokens, plan.DraftTokens, plan.PrefillTokens, _running.Count));
    }

    /// <summary>Ends everything that waits or runs with an error.</summary>
    public void FailAll(EngineException error)
    {
        FailRunning(error);
        foreach (Sequence sequence in _waiting)
            sequence.Fail(error);
        _waiting.Clear();
    }

    /// <summary>Stores the prefixes that idle slots hold, where these outlive the process; the last thing before it ends.</summary>
    public void KeepPrefixes() => _table.KeepIdle();

    /// <summary>Checks that the tables agree with each other and with llama.cpp; throws where they do not.</summary>
    public void CheckIntegrity() => Integrity.Check(_table.Slots, _waiting, _running, _kv, _model);

    /// <inheritdoc/>
    public void Dispose()
    {
        _planner.Dispose();
        _drafter?.Dispose();
    }

    private void DropCancelled()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].CancelRequested)
                Finish(_running[i], FinishReason.Cancelled);
        }

        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (!_waiting[i].CancelRequested)
                continue;
            _waiting[i].Finish(FinishReason.Cancelled);
            _waiting.RemoveAt(i);
        }
    }

    /// <summary>
    /// Admits waiting requests in order. One that waits for a prefix which another one is just evaluating is passed
    /// over; one that does not fit holds up those behind it, so that it is not starved. While answers are decoded, those behind one for
    /// which a state was copied come in the next step: the answers wait for every copy.
    /// </summary>
    private void Admit()
    {
        bool decodes = _running.Exists(sequence => sequence.Pending == 1);
        long copies = _table.StateCopies;
        for (int i = 0; i < _waiting.Count;)
        {
            if (decodes && _table.StateCopies > copies)
                return;
            Sequence sequence = _waiting[i];
            if (_running.Count == Parallel && !(sequence.Priority > RequestPriority.Background && Displace()))
                return;
            if (!SlotTable.StillWaits(sequence))
                sequence.WaitsFor = _table.FindPrefillWorthWaitingFor(sequence);
            if (sequence.WaitsFor is not null)
            {
                i++;
                continue;
            }

            Slot? slot = _table.Acquire(sequence, out bool isLater);
            if (isLater)
            {
                i++;
                continue;
            }

            if (slot is null || !FitsIn(slot, sequence))
                return;
            _waiting.RemoveAt(i);
            _running.Add(sequence);
            if (sequence.CachedTokens < 0)
            {
                sequence.Begin(slot.Length);
                Counters.AddCached(sequence.CachedTokens);
            }
        }
    }

    /// <summary>
    /// Whether what is left of the sequence fits beside one more token of every running one, after idle prefixes have
    /// been given up for it where that is enough; if not, it gives its slot back.
    /// </summary>
    private bool FitsIn(Slot slot, Sequence sequence)
    {
        int needed = sequence.Pending + _running.Count;
        while (!_table.MakeRoomFor(needed))
        {
            if (sequence.Priority > RequestPriority.Background && Displace())
                continue;
            if (_running.Count == 0)
                break;
            slot.Release(Counters.Steps);
            return false;
        }

        return true;
    }

    /// <summary>Our own account of the cells answers first: llama.cpp finds out only after it has prepared the batch.</summary>
    private DecodeStatus Decode(in StepPlan plan) =>
        _kv.HasRoomFor(plan.Batch.Count) ? _model.Decode(plan.Batch) : DecodeStatus.NoKvSlot;

    /// <summary>
    /// Gives up the least recently used idle prefix, else the drafts of this step, else sends the youngest sequence back to
    /// the queue, which makes what it has an idle prefix; false when a single sequence is all there is.
    /// </summary>
    private bool MakeRoom(ref bool withDrafts)
    {
        if (_table.EvictIdle() || (_running.Count > 1 && Displace()))
            return true;
        if (withDrafts)
        {
            withDrafts = false;
            return true;
        }

        if (_running.Count == 1)
            return false;
        Sequence youngest = _running[^1];
        _running.RemoveAt(_running.Count - 1);
        youngest.Slot!.Release(Counters.Steps);
        _waiting.Insert(0, youngest);
        Counters.AddPreemption();
        return true;
    }

    /// <summary>Ends the youngest request that nobody waits for, in favour of one that somebody does; false if there is none.</summary>
    private bool Displace()
    {
        int youngest = _running.FindLastIndex(s => s.Priority == RequestPriority.Background);
        if (youngest < 0)
            return false;
        Finish(_running[youngest], FinishReason.Displaced);
        return true;
    }

    private void Sample(in PlannedChunk chunk, long stepStarted)
    {
        Sequence sequence = chunk.Slot.Owner!;
        FinishReason? finish = null;
        Exception? failure = null;
        try
        {
            finish = TakeTokens(sequence, chunk);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Whatever it is, it concerns this request alone.
            failure = error;
        }

        // The last token taken is known but counts as not evaluated, as after any other step.
        int rejected = chunk.Drafted > 0 ? DropTail(chunk.Slot, sequence.Length - 1) : 0;
        if (failure is not null)
        {
            Leave(sequence);
            sequence.Fail(failure switch
            {
                RequestRefusedException refusal => refusal,
                NoTokenLeftException { IsAskedFor: true } => new InvalidTokensException(InvalidTokensException.LogitBias, failure.Message),
                _ => new EngineException(failure is NoTokenLeftException ? failure.Message : "Sampling failed.", failure),
            });
            return;
        }

        if (chunk.Drafted > 0)
        {
            bool isAhead = sequence.RecordDraft(chunk.Drafted, chunk.Drafted - rejected, stepStarted);
            Counters.AddDraft(chunk.Drafted, chunk.Drafted - rejected, isAhead);
        }

        if (finish is { } reason)
            Finish(sequence, reason);
    }

    /// <summary>
    /// Takes a sequence's next token, and the one after it for as long as that was the drafted one. Each is chosen as it is
    /// without a draft, greedily or by its own draw: given a draw of y, keeping the draft x where y = x and taking y
    /// elsewhere accepts x with p(x) and else draws from p without x, the rejection rule of speculative sampling.
    /// </summary>
    private FinishReason? TakeTokens(Sequence sequence, in PlannedChunk chunk)
    {
        for (int row = 0; ; row++)
        {
            SampledToken token = sequence.Sampler.Sample(_model.Logits(chunk.LogitsIndex + row), _workspace);
            bool evaluated = row < chunk.Drafted && token.Id == sequence.Tokens[sequence.Length];
            Counters.AddOutput();
            bool ends = _vocabulary.EndsGeneration(token.Id) || sequence.StopTokens.Contains(token.Id);
            FinishReason? finish = sequence.Append(token, ends, _vocabulary.Piece(token.Id), CandidatesOf(sequence.Sampler, token));
            if (finish is not null || !evaluated)
                return finish;
        }
    }

    private List<TokenCandidate>? CandidatesOf(TokenSampler sampler, SampledToken token)
    {
        if (sampler.TopCandidates is null)
            return null;
        List<TokenCandidate> candidates = new(1 + sampler.Candidates.Count) { _vocabulary.Candidate(token.Id, token.Signals.LogProbability) };
        foreach ((int id, float logProbability) in sampler.Candidates)
            candidates.Add(_vocabulary.Candidate(id, logProbability));
        return candidates;
    }

    /// <summary>Drops the cells of drafted tokens that the answer did not take; returns how many there were.</summary>
    private static int DropTail(Slot slot, int kept)
    {
        int rejected = slot.Length - kept;
        slot.Truncate(kept);
        return rejected;
    }

    private void Finish(Sequence sequence, FinishReason reason)
    {
        Leave(sequence);
        sequence.Finish(reason);
    }

    private void Leave(Sequence sequence)
    {
        _table.Release(sequence.Slot!, Counters.Steps);
        _running.Remove(sequence);
    }

    /// <summary>
    /// Ends what runs with an error and empties the memory. Nothing of it can be kept: what a failed step has left in
    /// which sequence is not known, and an idle prefix may share its cells.
    /// </summary>
    private void FailRunning(EngineException error)
    {
        foreach (Sequence sequence in _running)
            sequence.Fail(error);
        _running.Clear();
        _table.Clear(Counters.Steps);
        Counters.CountCells(_kv);
    }
}
