using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Admin;

/// <summary>GET /admin/policy, which policy is in force, and POST, which puts another in force or reads it again.</summary>
internal sealed class PolicyEndpoint(ServerOptions options, PolicyHost policies)
{
    public Task GetAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, Write);

    public async Task PostAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        string? folder = body.Length == 0 ? null : ReadPath(body);
        try
        {
            await policies.LoadAsync(folder, context.RequestAborted);
        }
        catch (PolicyRefusedException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, folder is null ? null : "path", "policy_refused"));
        }

        await GetAsync(context);
    }

    private static string? ReadPath(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonField path = new JsonField("", document.RootElement).Member("path");
            return path.IsNull ? null : Path.GetFullPath(path.String());
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length > 0 ? e.Path : null));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("policy", policies.Version ?? "none");
        json.WriteNullableString("path", policies.Folder);
        json.WriteNullableString("refused", policies.Refusal);
        json.WriteStartObject("assignment");
        foreach ((string cluster, string model) in policies.Assignment)
            json.WriteString(cluster, model);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
