using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The shipped tier in two processes: nano and small here, base as a member elsewhere.</summary>
internal static class TwoProcesses
{
    public static readonly string ShippedPolicy = Path.Combine(RepositoryPaths.DefaultTier, "policy");

    // One thread each: what is compared must not depend on how the cores are divided.
    private static readonly string[] Common = ["--threads", "1"];

    public static string File(string member) => Path.Combine(RepositoryPaths.DefaultTier, $"{member}.gguf");

    /// <summary>The process with base.</summary>
    public static Task<CascadeProcess> ServeBaseAsync(int port = 0) => CascadeProcess.ServeAsync(
        ["--model", File("base"), "--policy", Nowhere, "--port", port.ToString(CultureInfo.InvariantCulture), .. Common]);

    /// <summary>The process that is asked.</summary>
    public static Task<CascadeProcess> ServeFrontAsync(Uri remote, string? policy = null) => CascadeProcess.ServeAsync(
        ["--model", File("nano"), "--model", File("small"), "--member", Member(remote), "--policy", policy ?? Nowhere, .. Common]);

    /// <summary>All three in one process.</summary>
    public static Task<CascadeProcess> ServeAllAsync(string policy) => CascadeProcess.ServeAsync(["--policy", policy, .. Common]);

    public static string Member(Uri remote) => $"base={new Uri(remote, "/v1")}";

    public static string Nowhere => Path.Combine(Path.GetTempPath(), $"no-policy-{Guid.NewGuid():N}");

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Asks for a whole answer, which has to come.</summary>
    public static async Task<JsonElement> AskAsync(this CascadeProcess server, object request)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), request, TestContext.Current.CancellationToken);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonElement.Parse(body);
    }

    public static object Question(string text, float? temperature = 0, string? model = null, int? maxTokens = 200, bool ignoreEos = false, bool stream = false) =>
        new { model, messages = new[] { new { role = "user", content = text } }, temperature, max_tokens = maxTokens, ignore_eos = ignoreEos, stream };

    public static string[] StepsOf(JsonElement answer) =>
        [.. answer.GetProperty("cascade").GetProperty("path").EnumerateArray().Select(p => p.GetString()!)];

    /// <summary>What /health says of a member.</summary>
    public static async Task<JsonElement> HealthAsync(this CascadeProcess server, string member)
    {
        JsonElement health = await server.Client.GetFromJsonAsync<JsonElement>(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        return health.GetProperty("members").EnumerateArray().Single(m => m.GetProperty("name").GetString() == member);
    }

    public static async Task<string> WordAsync(this CascadeProcess server, string member, string property) =>
        (await server.HealthAsync(member)).TryGetProperty(property, out JsonElement value) ? value.ToString() : "";

    /// <summary>The line of /metrics that begins so.</summary>
    public static async Task<string?> MetricAsync(this CascadeProcess server, string name) =>
        (await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken))
            .Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal) && !line.StartsWith('#'));
}
