using System.Diagnostics;
using System.Globalization;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>The header x-request-timeout-ms: a budget that a client, or a proxy before it, sets without touching the body.</summary>
internal static class RequestDeadline
{
    private const string Header = "x-request-timeout-ms";

    // A day, as with budget_ms.
    private const int Longest = 86_400_000;

    /// <summary>How long the request may take; null where it does not say.</summary>
    /// <exception cref="ApiException">The header is no such time: 400.</exception>
    public static TimeSpan? Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
            return null;
        return values is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) && milliseconds is > 0 and <= Longest
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ApiException(ApiError.InvalidRequest($"The header {Header} must be one integer from 1 to {Longest}.", Header));
    }

    /// <summary>The request with the tighter of this deadline and its own budget.</summary>
    /// <exception cref="ApiException">The header is no such time: 400.</exception>
    public static GenerationRequest Apply(HttpRequest http, GenerationRequest request) =>
        Of(http) is { } deadline && !(request.Controls.Budget <= deadline)
            ? request with { Controls = request.Controls with { Budget = deadline } }
            : request;
}

/// <summary>The trace that a request is a part of, by W3C's headers.</summary>
internal static class TraceHeaders
{
    // What the standard wants everybody to hand on; longer ones are left out, as it allows.
    private const int MaxStateLength = 512;

    /// <summary>Null for none. Headers that say none are as good as absent: no request fails by them.</summary>
    public static TraceContext? Read(HttpRequest request)
    {
        string? parent = request.Headers.TraceParent;
        if (parent is null || !ActivityContext.TryParse(parent, null, out _))
            return null;
        string? state = request.Headers.TraceState;
        return new(parent, state is { Length: > 0 and <= MaxStateLength } ? state : null);
    }
}

/// <summary>What the line in the log says about a request beyond method, path and status.</summary>
internal sealed class RequestSummary
{
    public string Text { get; set; } = "";

    /// <summary>Whether the client went away before its answer had ended.</summary>
    public bool ClientGone { get; set; }
}
