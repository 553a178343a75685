using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Admin;

/// <summary>GET /admin/usage: what was used under the name of each key since the start.</summary>
internal sealed class UsageEndpoint(KeyRing keys)
{
    public Task GetAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "usage");
        json.WriteString("since", keys.Since);
        json.WriteStartArray("keys");
        foreach (KeyAccount account in keys.Accounts)
            WriteKey(json, account.Read());
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteKey(Utf8JsonWriter json, KeyUsage key)
    {
        json.WriteStartObject();
        json.WriteString("name", key.Name);
        json.WriteNumber("requests", key.Requests);
        json.WriteNumber("running", key.Running);
        json.WriteNumber("refused", key.Refused.Values.Sum());
        json.WriteStartObject("refused_for");
        foreach ((string reason, long count) in key.Refused.OrderBy(refused => refused.Key, StringComparer.Ordinal))
            json.WriteNumber(reason, count);
        json.WriteEndObject();
        WriteTokens(json, key.Models.Values.Aggregate(new ModelUsage(), (sum, model) => sum + model));
        json.WriteStartArray("models");
        foreach ((string model, ModelUsage usage) in key.Models.OrderBy(model => model.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteNumber("requests", usage.Requests);
            WriteTokens(json, usage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter json, ModelUsage usage)
    {
        json.WriteNumber("prompt_tokens", usage.PromptTokens);
        json.WriteNumber("cached_tokens", usage.CachedTokens);
        json.WriteNumber("output_tokens", usage.OutputTokens);
    }
}
