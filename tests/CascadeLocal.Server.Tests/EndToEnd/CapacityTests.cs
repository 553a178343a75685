using System.Net;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>A model of one sequence, behind it one place in its queue and one at the door: who leaves makes room, and who finds none is told.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class CapacityTests(OneSequence one) : IClassFixture<OneSequence>
{
    private const string Member = "little";

    private CascadeProcess Server => one.Server;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_client_that_leaves_in_decode_frees_its_sequence(bool stream, bool reset)
    {
        long tokens = await HealthAsync("output_tokens");
        using RawClient client = await RawClient.PostAsync(Server, Endless(stream));
        await Wait.UntilAsync(async () => await HealthAsync("output_tokens") > tokens + 20);
        Assert.Equal(1, await Server.NumberAsync("cascade_running{"));

        client.Leave(reset);

        await IsIdleAsync();
        Assert.InRange(await HealthAsync("output_tokens") - tokens, 21, LittleModel.Endless / 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_in_prefill_frees_its_sequence(bool stream)
    {
        const int Prompt = 200_000;
        long evaluated = await HealthAsync("prefill_tokens"), tokens = await HealthAsync("output_tokens");
        using RawClient client = await RawClient.PostAsync(Server, Endless(stream, new string('z', Prompt)));
        await Wait.UntilAsync(async () => await HealthAsync("prefill_tokens") > evaluated + 200);
        Assert.Equal(tokens, await HealthAsync("output_tokens"));

        client.Leave(reset: false);

        await EndsAsync();
        Assert.InRange(await HealthAsync("prefill_tokens") - evaluated, 201, Prompt - 1);
        Assert.Equal(tokens, await HealthAsync("output_tokens"));
        await IsIdleAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_finds_no_place_is_429_until_one_that_waits_leaves(bool stream)
    {
        using RawClient running = await RawClient.PostAsync(Server, Endless(stream));
        await Wait.UntilAsync(async () => await HealthAsync("running") == 1);
        using RawClient queued = await RawClient.PostAsync(Server, Endless(stream));
        await Wait.UntilAsync(async () => await HealthAsync("waiting") == 1);
        using RawClient atTheDoor = await RawClient.PostAsync(Server, Endless(stream));
        await DoorAsync(waiting: 1);

        ErrorAnswer error = await Server.RefusedAsync(Endless(stream));
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_error", "rate_limit_exceeded"), (error.Status, error.Type, error.Code));
        Assert.True(int.Parse(error.RetryAfter!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Equal((1, 1), (await HealthAsync("running"), await HealthAsync("waiting")));

        // From the door: another takes its place, and then there is none again.
        atTheDoor.Leave(reset: false);
        await DoorAsync(waiting: 0);
        using RawClient next = await RawClient.PostAsync(Server, Endless(stream));
        await DoorAsync(waiting: 1);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Server.RefusedAsync(Endless(stream))).Status);

        // From the member's queue: the one at the door comes up, and the one that runs has not moved.
        queued.Leave(reset: true);
        await DoorAsync(waiting: 0);
        await Wait.UntilAsync(async () => await HealthAsync("waiting") == 1);
        Assert.Equal(1, await HealthAsync("running"));

        // And the one that runs: the last one begins.
        running.Leave(reset: true);
        await Wait.UntilAsync(async () => await HealthAsync("waiting") == 0 && await HealthAsync("running") == 1);
        next.Leave(reset: false);
        await IsIdleAsync();
    }

    private Task<double> DoorAsync(int waiting) => Wait.ForAsync(() => Server.NumberAsync("cascade_door_waiting"), number => number == waiting);

    private Task<long> HealthAsync(string property) => Server.GetHealthAsync(Member, property);

    private Task EndsAsync() => Wait.UntilAsync(async () => await HealthAsync("running") == 0 && await HealthAsync("waiting") == 0);

    /// <summary>Nothing runs or waits, no step is taken any more, and the one sequence serves the next.</summary>
    private async Task IsIdleAsync()
    {
        await EndsAsync();
        long steps = await HealthAsync("steps");
        Assert.Equal((0, steps), (await Server.NumberAsync("cascade_running{"), await HealthAsync("steps")));
        await Server.ServesAsync();
        await Wait.UntilAsync(async () => await HealthAsync("running") == 0);
    }

    private static string Endless(bool stream, string text = "on") => JsonSerializer.Serialize(TwoProcesses.Question(text, maxTokens: null, ignoreEos: true, stream: stream));
}

/// <summary>A little model with one sequence of a context that nothing fills, and one place to wait.</summary>
public sealed class OneSequence : SharedProcess
{
    protected override Task<CascadeProcess> StartAsync() => CascadeProcess.ServeAsync(
        "--model", Folder.WriteModel("little.gguf", LittleModel.Endless), "--ctx", $"{LittleModel.Endless}", "--parallel", "1", "--max-queue", "1",
        "--threads", "1", "--policy", TwoProcesses.Nowhere);
}
