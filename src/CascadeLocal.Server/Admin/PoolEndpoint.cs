using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Remote;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Models;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Admin;

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
        string name = ((string?)context.Request.RouteValues["name"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
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
            MemberSettings member = SettingsSchema.ReadMember(new JsonField("", document.RootElement));
            RequireListed(member);
            return options.ResolveMember(member);
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length > 0 ? e.Path : null));
        }
        catch (Exception e) when (e is JsonException or ConfigurationException or RemoteOptionsException or ArgumentException)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
    }

    // Whoever may change the pool must not be able to send any variable of this process anywhere.
    private void RequireListed(MemberSettings member)
    {
        if (member.Url is not { } url)
            return;
        RemoteMemberOptions.CheckUrl(url);
        string authority = new Uri(url).Authority;
        if (!options.RemoteHosts.Contains(authority, StringComparer.OrdinalIgnoreCase))
            throw new ConfigurationException($"The host '{authority}' is not among remote_hosts of the configuration.");
        if (member.ApiKeyFile is not null)
            throw new ConfigurationException("A member added over HTTP takes its key from a variable that remote_keys names, not from a file.");
        if (member.ApiKeyVariable is { } variable && !options.RemoteKeys.Contains(variable, StringComparer.Ordinal))
            throw new ConfigurationException($"The variable '{variable}' is not among remote_keys of the configuration.");
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
        json.WriteString("path", member.Options.Source);
        MemberWriter.WriteDescription(json, member);
        json.WriteEndObject();
    }
}

/// <summary>Brings the pool to what the configuration says now.</summary>
internal sealed class PoolReloader(ServerOptions options, ModelPool pool, ILogger logger)
{
    /// <exception cref="ConfigurationException">The configuration cannot be used; the pool stays as it is.</exception>
    /// <exception cref="PoolChangeException">The pool cannot be changed now.</exception>
    public PoolReload Reload() => pool.Reload(options.ReadMembers?.Invoke() ?? options.Members);

    /// <summary>The same for whoever cannot be told; the log is.</summary>
    public void TryReload()
    {
        try
        {
            Reload();
        }
        catch (Exception e) when (e is ConfigurationException or PoolChangeException)
        {
            logger.LogError("The pool is not reloaded: {Reason}", e.Message);
        }
        catch (Exception e)
        {
            // A signal must not end what is served.
            logger.LogError(e, "The pool is not reloaded for a fault of this program or of the disk; it stays as it was");
        }
    }
}
