namespace CascadeLocal.Server.Http;

/// <summary>What the line in the log says about a request beyond method, path and status.</summary>
internal sealed class RequestSummary
{
    public string Text { get; set; } = "";

    /// <summary>Whether the client went away before its answer had ended.</summary>
    public bool ClientGone { get; set; }
}
