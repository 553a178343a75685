using System.Diagnostics;

using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Cascade.Passes;

/// <summary>Stops what works on a request when its time is over. Thread-safe.</summary>
internal sealed class RequestBudget : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Timer? _timer;
    private Pass? _pass;
    private bool _isOver;

    public RequestBudget(CascadeRequest request)
    {
        if (request.Controls.Budget is not { } budget)
            return;
        TimeSpan left = budget - Stopwatch.GetElapsedTime(request.StartedAt);
        _timer = new Timer(_ => End(), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the time is over.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
                return _isOver;
        }
    }

    /// <summary>The pass to stop from now on.</summary>
    public void Watch(Pass pass)
    {
        lock (_lock)
        {
            _pass = pass;
            if (_isOver)
                pass.Stop();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void End()
    {
        lock (_lock)
        {
            _isOver = true;
            _pass?.Stop();
        }
    }
}
