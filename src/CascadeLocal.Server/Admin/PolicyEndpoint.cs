using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Admin;

/// <summary>GET /admin/policy, which policy is in force, and POST, which puts another in force or reads it again.</summary>
internal sealed class PolicyEndpoint(ServerOptions options, PolicyHost policies)
{
    private static readonly RequestField<string> Folder = new(
        "path", new("""{"type":"string","minLength":1}""", ReadPath), "The policy's folder; absent or without a body: the one in force is read again.");

    /// <summary>The fields of a request; all others are ignored.</summary>
    public static FieldTable Fields { get; } = new([Folder]);

    public Task GetAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, Write);

    public async Task PostAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        string? folder = body.Length == 0 ? null : ChatRequestParser.Parse(body, Fields, fields => fields.Get(Folder));
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

    private static string ReadPath(JsonField field)
    {
        try
        {
            return Path.GetFullPath(field.String());
        }
        catch (ArgumentException e)
        {
            throw field.Error($"is no path: {e.Message}");
        }
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("policy", policies.Version ?? "none");
        json.WriteString("path", policies.Folder);
        json.WriteString("refused", policies.Refusal);
        json.WriteStartObject("assignment");
        foreach ((string cluster, string model) in policies.Assignment)
            json.WriteString(cluster, model);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
