using System.Net;
using System.Text.Json;

using Xunit;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>An error as a client sees it.</summary>
internal sealed record ErrorAnswer(HttpStatusCode Status, string Message, string Type, string? Param, string? Code, string? RetryAfter)
{
    public static async Task<ErrorAnswer> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        JsonElement error = body.RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        return new(
            response.StatusCode,
            error.GetProperty("message").GetString()!,
            error.GetProperty("type").GetString()!,
            error.GetProperty("param").GetString(),
            error.GetProperty("code").GetString(),
            response.Headers.RetryAfter?.ToString());
    }
}
