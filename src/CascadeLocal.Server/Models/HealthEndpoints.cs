using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Models;

/// <summary>GET /health, which says that the process lives and what it does, and /ready, whether it takes requests.</summary>
internal sealed class HealthEndpoints(ModelPool pool, PolicyHost policies, ServerState state, KeyRing keys)
{
    public Task HealthAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "ok");
        json.WriteString("state", state.Name);
        // Names and reasons are for those who may use the models; that the process lives is for everyone.
        if (keys.Identify(context.Request.Headers) is not null)
        {
            json.WriteStartArray("members");
            foreach (PoolMember member in pool.Members)
            {
                json.WriteStartObject();
                json.WriteString("name", member.Name);
                MemberWriter.WriteActivity(json, member);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("policy", policies.Version ?? "none");
            json.WriteString("policy_refused", policies.Refusal);
        }

        json.WriteEndObject();
    });

    public Task ReadyAsync(HttpContext context)
    {
        string name = state.Name;
        bool ready = name == "ready";
        if (!ready)
            context.Response.Headers.RetryAfter = "2";
        int status = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonResponse.WriteAsync(context, status, json =>
        {
            json.WriteStartObject();
            json.WriteString("status", name);
            json.WriteEndObject();
        });
    }
}
