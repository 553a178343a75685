using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Server.Http;

/// <summary>Counts the requests that run and, once the server drains, lets none in; before it is open there is nobody to answer. Thread-safe.</summary>
internal sealed class DrainGate : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abort = new();
    private int _running;
    private bool _draining;
    private volatile bool _open;

    /// <summary>Whether models and policy have been loaded, well or not.</summary>
    public bool IsOpen => _open;

    /// <summary>From now on requests are answered.</summary>
    public void Open() => _open = true;

    /// <summary>Whether new work is refused.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_lock)
                return _draining;
        }
    }

    /// <summary>Cancelled when the running requests have had their time.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Counts one request in; false if the server drains.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_draining)
                return false;
            _running++;
            return true;
        }
    }

    /// <summary>Counts one request out.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            _running--;
            if (_draining && _running == 0)
                _idle.TrySetResult();
        }
    }

    /// <summary>Refuses new work from now on; the task ends when nothing runs any more.</summary>
    public Task BeginDrain()
    {
        lock (_lock)
        {
            _draining = true;
            if (_running == 0)
                _idle.TrySetResult();
        }

        return _idle.Task;
    }

    /// <summary>Ends what still runs.</summary>
    public void Abort() => _abort.Cancel();

    public void Dispose() => _abort.Dispose();
}

/// <summary>Whether the server as a whole can answer.</summary>
internal sealed class ServerState(ModelPool pool, DrainGate gate)
{
    /// <summary><c>loading</c>, <c>ready</c>, <c>draining</c> or <c>failed</c>.</summary>
    public string Name
    {
        get
        {
            if (gate.IsDraining)
                return "draining";
            if (!gate.IsOpen)
                return "loading";
            return pool.Strongest is null ? "failed" : "ready";
        }
    }

    public static ApiError DrainingError() =>
        ApiError.Unavailable("The server is shutting down.", 5, "server_draining");

    public static ApiError LoadingError() =>
        ApiError.Unavailable("The models are still loading.", 2, "models_loading");
}
