using CascadeLocal.Engine.Scheduling;

namespace CascadeLocal.Bench.Decoding;

/// <summary>
/// Managed bytes that the decode thread allocates from the end of one step to the end of the next, for steps in which all
/// <paramref name="sequences"/> decode and none begins or ends.
/// </summary>
internal sealed class AllocationProbe(int sequences)
{
    private readonly long[] _bytes = new long[4096];
    private long _before;
    private bool _steady;
    private int _count;

    /// <summary>Bytes of each such step.</summary>
    public ReadOnlySpan<long> Steps => _bytes.AsSpan(0, _count);

    /// <summary>Forgets the steps; called while none runs.</summary>
    public void Clear() => (_count, _steady) = (0, false);

    /// <summary>Called by the scheduler after every step, on the decode thread.</summary>
    public void OnStep(StepReport report)
    {
        long now = GC.GetAllocatedBytesForCurrentThread();
        bool steady = report.PrefillTokens == 0 && report.DecodeTokens == sequences && report.Running == sequences;
        if (steady && _steady && _count < _bytes.Length)
            _bytes[_count++] = now - _before;
        (_before, _steady) = (now, steady);
    }
}
