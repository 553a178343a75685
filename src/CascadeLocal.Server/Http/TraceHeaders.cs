using System.Diagnostics;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

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
