using System.Globalization;
using System.Net;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The process is told to stop while it answers.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ShutdownTests : IDisposable
{
    private const string Endless = "{\"messages\":[{\"role\":\"user\",\"content\":\"on\"}],\"ignore_eos\":true,\"temperature\":0,\"stream\":true}";

    private readonly TemporaryFolder _folder = new();

    private Task<CascadeProcess> ServeAsync(int drainSeconds, int parallel) => CascadeProcess.ServeAsync(
        "--model", _folder.WriteModel("little.gguf", LittleModel.Endless), "--ctx", $"{LittleModel.Endless}", "--parallel", $"{parallel}", "--threads", "1",
        "--policy", TwoProcesses.Nowhere, "--drain-seconds", $"{drainSeconds}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sigterm_lets_finish_what_was_let_in_refuses_the_rest_and_a_second_one_ends_it()
    {
        await using CascadeProcess server = await ServeAsync(drainSeconds: 3_600, parallel: 2);
        using HttpResponseMessage endless = await server.PostAsync(Endless);
        using EventStreamReader stream = await EventStreamReader.OpenAsync(endless);
        await stream.NextAsync();
        Task<HttpResponseMessage> running = server.PostAsync(Finite(2_000)), waiting = server.PostAsync(Finite(2_001));
        await Wait.UntilAsync(async () => await server.GetHealthAsync("little", "running") + await server.GetHealthAsync("little", "waiting") == 3);

        await server.SignalAsync("TERM");
        await Wait.ForAsync(() => server.GetStatusAsync("/ready"), status => status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal("draining", (await server.GetAsync("/health")).GetProperty("state").GetString());
        foreach (string path in (string[])[ProcessRequests.Chat, "/v1/cascade/decide"])
        {
            ErrorAnswer refused = await server.RefusedAsync(Finite(1), path);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error", "server_draining"), (refused.Status, refused.Type, refused.Code));
            Assert.NotNull(refused.RetryAfter);
        }

        Assert.Equal((2_000, 2_001), (await TokensAsync(await running), await TokensAsync(await waiting)));
        await server.SignalAsync("TERM");
        await ToldAsync(stream);
        Assert.Equal(0, await server.WaitForExitAsync());
        NoErrors(server);
    }

    [Fact]
    public async Task What_still_runs_or_waits_at_the_deadline_is_told_so_and_the_exit_code_is_0()
    {
        await using CascadeProcess server = await ServeAsync(drainSeconds: 1, parallel: 1);
        using HttpResponseMessage endless = await server.PostAsync(Endless);
        using EventStreamReader stream = await EventStreamReader.OpenAsync(endless);
        await stream.NextAsync();
        using HttpResponseMessage waiting = await server.PostAsync(Endless);
        using EventStreamReader silent = await EventStreamReader.OpenAsync(waiting);
        Task<HttpResponseMessage> whole = server.PostAsync(Finite(null)), atTheDoor = server.PostAsync(Finite(null));
        await Wait.UntilAsync(async () => await server.GetHealthAsync("little", "waiting") == 1 && await server.NumberAsync("cascade_door_waiting") == 2);
        // The dashboard's stream has no end of its own.
        using HttpResponseMessage dashboard = await server.SendAsync(new(HttpMethod.Get, "/dashboard/events"));

        await server.SignalAsync("TERM");

        await ToldAsync(stream);
        await ToldAsync(silent);
        foreach (HttpResponseMessage ended in await Task.WhenAll(whole, atTheDoor))
        {
            using (ended)
            {
                ErrorAnswer error = await ErrorAnswer.ReadAsync(ended);
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_draining"), (error.Status, error.Code));
            }
        }

        Assert.Equal(0, await server.WaitForExitAsync());
        NoErrors(server);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task With_clients_that_stay_connected_and_ask_nothing_it_ends_at_once(string signal)
    {
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(), "The tests were started with SIGINT ignored, as a shell does in the background.");
        await using CascadeProcess server = await ServeAsync(drainSeconds: 3_600, parallel: 1);
        using RawClient idle = await RawClient.ConnectAsync(server), half = await RawClient.ConnectAsync(server);
        await half.SendAsync("GET /hea");
        await server.ServesAsync();

        await server.SignalAsync(signal);

        Assert.Equal(0, await server.WaitForExitAsync());
        NoErrors(server);
    }

    // What a process ignores its children ignore too.
    private static bool IgnoresInterrupts()
    {
        const int Interrupt = 2;
        string ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..];
        return (ulong.Parse(ignored, NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) & (1UL << (Interrupt - 1))) != 0;
    }

    private static string Finite(int? tokens) =>
        $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"on\"}}],\"ignore_eos\":true,\"temperature\":0,\"max_tokens\":{(tokens is { } n ? n : "null")}}}";

    private static async Task<int> TokensAsync(HttpResponseMessage response)
    {
        using (response)
        {
            string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.StatusCode == HttpStatusCode.OK, body);
            return System.Text.Json.JsonElement.Parse(body).GetProperty("usage").GetProperty("completion_tokens").GetInt32();
        }
    }

    /// <summary>The stream ends with the error.</summary>
    private static async Task ToldAsync(EventStreamReader stream)
    {
        string last = "";
        while (await stream.NextAsync() is { } line)
            last = line;
        Assert.StartsWith("data: {\"error\":", last, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"server_draining\"", last, StringComparison.Ordinal);
    }

    private static void NoErrors(CascadeProcess server) =>
        Assert.DoesNotContain(server.Log, line => line.Contains("error:", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
}
