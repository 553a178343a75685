using System.Diagnostics;

namespace CascadeLocal.Calibration.Replay;

/// <summary>The mean time of fits.</summary>
internal sealed class FitClock
{
    private TimeSpan _total;
    private int _fits;

    public double MeanMs => _fits == 0 ? 0 : _total.TotalMilliseconds / _fits;

    public T Time<T>(Func<T> fit)
    {
        long start = Stopwatch.GetTimestamp();
        T fitted = fit();
        _total += Stopwatch.GetElapsedTime(start);
        _fits++;
        return fitted;
    }
}
