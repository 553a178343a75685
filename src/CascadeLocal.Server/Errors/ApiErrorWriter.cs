using System.Globalization;
using System.Text.Json;

using CascadeLocal.Server.Json;
using CascadeLocal.Server.Responses;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Errors;

/// <summary>Writes errors in OpenAI's shape: {"error": {message, type, param, code}}.</summary>
internal static class ApiErrorWriter
{
    public static Task WriteAsync(HttpContext context, ApiError error)
    {
        if (error.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return JsonResponse.WriteAsync(context, error.Status, json => WriteObject(json, error));
    }

    public static void WriteObject(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteNullableString("param", error.Param);
        json.WriteNullableString("code", error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
