using System.Globalization;

using CascadeLocal.Cascade.Routing;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Says in headers who answers and why. A stream's headers leave before anything was judged.</summary>
internal static class DecisionHeaders
{
    private const string Pending = "pending";

    /// <summary>What is known before the answer.</summary>
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="decision">Who begins to answer.</param>
    public static void Write(HttpResponse response, CascadeDecision decision)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = decision.Model;
        headers["x-cascade-path"] = string.Join(", ", decision.Path);
        headers["x-cascade-escalated"] = decision.EscalatesTo.Count > 0 ? Pending : "false";
        if (decision.Reason == RoutingReason.Pinned)
            return;
        headers["x-cascade-policy"] = decision.PolicyVersion ?? "none";
        headers["x-cascade-guarantee"] = decision.Guarantee;
        if (decision.Mode == CascadeMode.Shadow)
            headers["x-cascade-mode"] = "shadow";
        // A header holds ASCII only; a cluster may be called anything.
        if (decision.Cluster is { } cluster)
            headers["x-cascade-cluster"] = Uri.EscapeDataString(cluster);
        if (decision.StageOneModel is { } model)
            headers["x-cascade-stage1-model"] = model;
        if (decision.Reason == RoutingReason.Fallback)
            headers["x-cascade-fallback"] = decision.Path[0].ToString();
    }

    /// <summary>What is known after it, over what was known before.</summary>
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="outcome">How it went.</param>
    public static void Write(HttpResponse response, CascadeOutcome outcome)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = outcome.Model;
        headers["x-cascade-path"] = string.Join(", ", outcome.Path);
        headers["x-cascade-escalated"] = outcome.Escalated ? "true" : "false";
        if (outcome.Decision.Reason == RoutingReason.Pinned)
            return;
        headers["x-cascade-guarantee"] = outcome.Guarantee;
        if (outcome.AcceptProbability is { } probability)
            headers["x-cascade-accept-probability"] = probability.ToString("0.####", CultureInfo.InvariantCulture);
        if (outcome.FallbackReason is { } reason)
            headers["x-cascade-fallback"] = reason;
    }
}
