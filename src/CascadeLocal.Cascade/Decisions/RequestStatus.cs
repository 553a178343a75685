using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>How a request ended, in one word.</summary>
public static class RequestStatus
{
    /// <summary>The answer was delivered whole.</summary>
    public const string Ok = "ok";

    /// <summary>The caller left before that.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>A member failed, or the server was shut down.</summary>
    public const string Failed = "failed";

    /// <summary>The word for an outcome.</summary>
    public static string Of(CascadeOutcome outcome)
    {
        if (outcome.Cancelled)
            return Cancelled;
        return outcome.Delivered is null ? Failed : Ok;
    }
}
