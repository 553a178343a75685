using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Says in headers who answered and why.</summary>
internal static class DecisionHeaders
{
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="member">The member that answers.</param>
    /// <param name="routed">Whether the pool chose it; the request pinned it otherwise.</param>
    public static void Write(HttpResponse response, string member, bool routed)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = member;
        headers["x-cascade-path"] = member;
        headers["x-cascade-escalated"] = "false";
        if (routed)
            headers["x-cascade-policy"] = "none";
    }
}
