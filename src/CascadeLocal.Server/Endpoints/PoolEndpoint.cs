using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Requests;
using CascadeLocal.Server.Responses;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>
/// /admin/pool: GET shows the members, POST adds one, DELETE /admin/pool/{name} drains and frees one, and
/// POST /admin/pool/reload brings the pool to what the configuration says.
/// </summary>
internal sealed class PoolEndpoint(ServerOptions options, ModelPool pool, PoolReloader reloader)
{
    public Task GetAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("members");
        foreach (PoolMember member in pool.Members)
            WriteMember(json, member);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public async Task PostAsync(HttpContext context)
    {
        MemberOptions member = ReadMember(await BodyReader.ReadAsync(context, options.BodyLimit));
        PoolMember added = Change(() => pool.Add(member));
        await JsonResponse.WriteAsync(context, StatusCodes.Status202Accepted, json => WriteMember(json, added));
    }

    public Task DeleteAsync(HttpContext context)
    {
        // Routing decodes a path but for the slash, which it leaves as %2F.
        string name = ((string)context.Request.RouteValues["name"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        PoolMember? member = pool.Find(name);
        if (member is null || Change(() => pool.Remove(name)) is null)
            throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(name)));
        return JsonResponse.WriteAsync(context, StatusCodes.Status202Accepted, json => WriteMember(json, member));
    }

    public Task ReloadAsync(HttpContext context)
    {
        try
        {
            PoolReload change = Change(reloader.Reload);
            return JsonResponse.WriteAsync(context, StatusCodes.Status202Accepted, json =>
            {
                json.WriteStartObject();
                WriteNames(json, "added", change.Added);
                WriteNames(json, "replaced", change.Replaced);
                WriteNames(json, "removed", change.Removed);
                WriteNames(json, "unchanged", change.Unchanged);
                json.WriteEndObject();
            });
        }
        catch (ConfigurationException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, null, "configuration_refused"));
        }
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IReadOnlyList<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private MemberOptions ReadMember(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return options.ResolveMember(SettingsSchema.ReadMember(new JsonField("", document.RootElement)));
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length > 0 ? e.Path : null));
        }
        catch (Exception e) when (e is JsonException or ConfigurationException or ArgumentException)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
    }

    private static T Change<T>(Func<T> change)
    {
        try
        {
            return change();
        }
        catch (PoolChangeException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, null, "pool_conflict", StatusCodes.Status409Conflict));
        }
    }

    private static void WriteMember(Utf8JsonWriter json, PoolMember member)
    {
        json.WriteStartObject();
        json.WriteString("name", member.Name);
        json.WriteString("path", member.Options.Model.Path);
        MemberWriter.WriteDescription(json, member);
        json.WriteEndObject();
    }
}
