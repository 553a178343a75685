namespace CascadeLocal.Server.Security;

/// <summary>
/// So many a minute: full at first, refilled evenly, and below zero where more was taken than there was. The framework's limiters
/// have no debt and no clock of a caller's. Counts in whole ticks, so that what it says about a wait is exact. Not thread-safe.
/// </summary>
internal sealed class Allowance
{
    private readonly TimeProvider _clock;
    private long _at;
    // In parts of one: a minute has as many of them as it has ticks.
    private Int128 _left;

    public Allowance(int perMinute, TimeProvider clock)
    {
        (PerMinute, _clock, _at) = (perMinute, clock, clock.GetTimestamp());
        _left = Full;
    }

    public int PerMinute { get; private set; }

    /// <summary>Whether there is one to take.</summary>
    public bool HasOne => Refilled() >= One;

    /// <summary>When there is one again, if nothing is taken meanwhile.</summary>
    public TimeSpan UntilOne => Until(One);

    private static Int128 One => TimeSpan.TicksPerMinute;

    private Int128 Full => PerMinute * One;

    /// <summary>The allowance by a new limit: what is left stays, as far as it may; null for no limit.</summary>
    public static Allowance? Of(int? perMinute, Allowance? before, TimeProvider clock)
    {
        if (perMinute is not { } limit)
            return null;
        if (before is null)
            return new(limit, clock);
        _ = before.Refilled();
        before.PerMinute = limit;
        return before;
    }

    public void Take(long count) => _left = Refilled() - count * One;

    public AllowanceState Read() => new(PerMinute, (int)(Int128.Max(0, Refilled()) / One), Until(Full));

    private TimeSpan Until(Int128 wanted)
    {
        Int128 missing = Int128.Max(0, wanted - Refilled());
        return TimeSpan.FromTicks((long)Int128.Min(TimeSpan.MaxValue.Ticks, (missing + PerMinute - 1) / PerMinute));
    }

    private Int128 Refilled()
    {
        long now = _clock.GetTimestamp();
        _left = Int128.Min(Full, _left + (Int128)_clock.GetElapsedTime(_at, now).Ticks * PerMinute);
        _at = now;
        return _left;
    }
}

/// <summary>How an allowance stands.</summary>
/// <param name="PerMinute">The most there can be.</param>
/// <param name="Left">Whole ones that are left.</param>
/// <param name="UntilFull">When it is full again, if nothing is taken meanwhile.</param>
internal readonly record struct AllowanceState(int PerMinute, int Left, TimeSpan UntilFull);
