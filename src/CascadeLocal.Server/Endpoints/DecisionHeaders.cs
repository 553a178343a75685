using CascadeLocal.Cascade.Routing;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Says in headers who answers and why.</summary>
internal static class DecisionHeaders
{
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="decision">Who answers.</param>
    public static void Write(HttpResponse response, CascadeDecision decision)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = decision.Model;
        headers["x-cascade-path"] = string.Join(", ", decision.Path);
        headers["x-cascade-escalated"] = "false";
        if (decision.Reason == RoutingReason.Pinned)
            return;
        headers["x-cascade-policy"] = decision.PolicyVersion ?? "none";
        headers["x-cascade-guarantee"] = "none";
        // A header holds ASCII only; a cluster may be called anything.
        if (decision.Cluster is { } cluster)
            headers["x-cascade-cluster"] = Uri.EscapeDataString(cluster);
        if (decision.StageOneModel is { } model)
            headers["x-cascade-stage1-model"] = model;
    }
}
