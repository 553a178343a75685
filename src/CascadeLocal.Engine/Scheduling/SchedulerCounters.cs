using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>What a scheduler has done. Written on the decode thread, read from any; each value is whole, together they
/// may be a step apart.</summary>
internal sealed class SchedulerCounters
{
    private long _steps;
    private long _prefillTokens;
    private long _cachedTokens;
    private long _outputTokens;
    private long _preemptions;
    private long _draftTokensVerified;
    private long _draftTokensReused;
    private long _aheadTokensVerified;
    private long _aheadTokensTaken;
    private int _peakDecodeBatch;
    private int _cellsUsed;

    public long Steps => Volatile.Read(ref _steps);

    public long PrefillTokens => Volatile.Read(ref _prefillTokens);

    public long CachedTokens => Volatile.Read(ref _cachedTokens);

    public long OutputTokens => Volatile.Read(ref _outputTokens);

    public long Preemptions => Volatile.Read(ref _preemptions);

    public long DraftTokensVerified => Volatile.Read(ref _draftTokensVerified);

    public long DraftTokensReused => Volatile.Read(ref _draftTokensReused);

    public long AheadTokensVerified => Volatile.Read(ref _aheadTokensVerified);

    public long AheadTokensTaken => Volatile.Read(ref _aheadTokensTaken);

    public int PeakDecodeBatch => Volatile.Read(ref _peakDecodeBatch);

    public int CellsUsed => Volatile.Read(ref _cellsUsed);

    public void AddStep(in StepPlan plan, IKvCache kv)
    {
        Volatile.Write(ref _steps, _steps + 1);
        Volatile.Write(ref _prefillTokens, _prefillTokens + plan.PrefillTokens);
        Volatile.Write(ref _peakDecodeBatch, Math.Max(_peakDecodeBatch, plan.DecodeTokens));
        CountCells(kv);
    }

    public void CountCells(IKvCache kv) => Volatile.Write(ref _cellsUsed, kv.CellsUsed);

    public void AddCached(int tokens) => Volatile.Write(ref _cachedTokens, _cachedTokens + tokens);

    public void AddOutput() => Volatile.Write(ref _outputTokens, _outputTokens + 1);

    public void AddPreemption() => Volatile.Write(ref _preemptions, _preemptions + 1);

    public void AddDraft(int verified, int reused, bool isAhead)
    {
        if (isAhead)
        {
            Volatile.Write(ref _aheadTokensVerified, _aheadTokensVerified + verified);
            Volatile.Write(ref _aheadTokensTaken, _aheadTokensTaken + reused);
            return;
        }

        Volatile.Write(ref _draftTokensVerified, _draftTokensVerified + verified);
        Volatile.Write(ref _draftTokensReused, _draftTokensReused + reused);
    }
}
