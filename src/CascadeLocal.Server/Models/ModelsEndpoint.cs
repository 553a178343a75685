using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Models;

/// <summary>GET /v1/models and /v1/models/{id}: what the client's key opens.</summary>
internal sealed class ModelsEndpoint(ModelPool pool, PolicyHost policies, TimeProvider clock)
{
    private readonly long _created = clock.GetUtcNow().ToUnixTimeSeconds();

    public Task ListAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        ClientIdentity client = context.Client();
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        if (client.MaySee(MemberName.Cascade))
            WriteCascade(json);
        foreach (PoolMember member in pool.MembersByName.Where(member => client.MaySee(member.Name)))
            WriteMember(json, member);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task GetAsync(HttpContext context)
    {
        // Routing decodes a path but for the slash, which it leaves as %2F.
        string id = ((string)context.Request.RouteValues["id"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        bool maySee = context.Client().MaySee(id);
        if (maySee && id == MemberName.Cascade)
            return JsonResponse.WriteAsync(context, StatusCodes.Status200OK, WriteCascade);
        return maySee && pool.Find(id) is { } member
            ? JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => WriteMember(json, member))
            : throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(id)));
    }

    private void WriteCascade(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteIdentity(json, MemberName.Cascade);
        json.WriteString("policy", policies.Version ?? "none");
        json.WriteEndObject();
    }

    private void WriteMember(Utf8JsonWriter json, PoolMember member)
    {
        json.WriteStartObject();
        WriteIdentity(json, member.Name);
        MemberWriter.WriteDescription(json, member);
        json.WriteEndObject();
    }

    private void WriteIdentity(Utf8JsonWriter json, string id)
    {
        json.WriteString("id", id);
        json.WriteString("object", "model");
        json.WriteNumber("created", _created);
        json.WriteString("owned_by", "cascadelocal");
    }
}
