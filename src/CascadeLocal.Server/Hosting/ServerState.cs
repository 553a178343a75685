using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Errors;

namespace CascadeLocal.Server.Hosting;

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
