namespace CascadeLocal.Server.Hosting;

/// <summary>What the line in the log says about a request beyond method, path and status.</summary>
internal sealed class RequestSummary
{
    public string Text { get; set; } = "";
}
