using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>A model with more sequences than cells, and clients that read nothing of what they asked for.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class SlowReaderTests(FewCells few) : IClassFixture<FewCells>
{
    private CascadeProcess Server => few.Server;

    [Fact]
    public async Task Out_of_cells_the_youngest_waits_and_every_answer_comes_whole()
    {
        long before = await Server.GetHealthAsync("tight", "preemptions");
        string[] bodies = [.. Enumerable.Range(0, 8).Select(i => JsonSerializer.Serialize(TwoProcesses.Question($"on {i}", model: "tight", maxTokens: 500, ignoreEos: true)))];

        JsonElement[] answers = await Task.WhenAll(bodies.Select(body => Server.ServedAsync(body)));

        // Four times 500 do not fit into 1,024.
        Assert.All(answers, answer => Assert.Equal(500, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        Assert.True(await Server.GetHealthAsync("tight", "preemptions") > before);
        Assert.Equal(await Server.GetHealthAsync("tight", "preemptions"), await Server.NumberAsync("cascade_preemptions_total{model=\"tight\"}"));
        Assert.InRange(await Server.GetHealthAsync("tight", "kv_cells_used"), 0, FewCells.Cells);
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_and_what_just_fits_ends_where_the_cells_do()
    {
        // The context is never more than the cells, so nothing is let in that could only fail.
        int context = (await Server.GetAsync("/v1/models/tight")).GetProperty("context_length").GetInt32();
        Assert.Equal(FewCells.Cells, context);

        ErrorAnswer error = await Server.RefusedAsync(JsonSerializer.Serialize(TwoProcesses.Question(new string('z', 2 * context), model: "tight")));
        JsonElement longest = await Server.AskAsync(TwoProcesses.Question(new string('z', context / 2), model: "tight", maxTokens: null, ignoreEos: true));

        Assert.Equal("context_length_exceeded", error.Code);
        Assert.Equal(("length", context), (longest.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), longest.GetProperty("usage").GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public async Task Clients_that_read_nothing_of_their_streams_are_dropped_alone()
    {
        const string Dropped = "cascade_completed_total{model=\"endless\",status=\"cancelled\"}";
        // What else a stream has for every token fills what the system keeps for them sooner.
        using RawClient chat = await RawClient.PostAsync(
            Server, "{\"model\":\"endless\",\"messages\":[{\"role\":\"user\",\"content\":\"on\"}],\"ignore_eos\":true,\"stream\":true,\"logprobs\":true,\"top_logprobs\":20}", receiveBuffer: 4_096);
        using RawClient bare = await RawClient.PostAsync(
            Server, "{\"model\":\"endless\",\"prompt\":\"on\",\"max_tokens\":200000,\"ignore_eos\":true,\"stream\":true,\"logprobs\":20}", "/v1/completions", receiveBuffer: 4_096);
        await Wait.UntilAsync(async () => await Server.GetHealthAsync("endless", "running") == 2);

        // Another client's stream, from beginning to end.
        using HttpResponseMessage response = await Server.PostAsync(JsonSerializer.Serialize(TwoProcesses.Question("on", model: "endless", maxTokens: 64, ignoreEos: true, stream: true)));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        Assert.Equal("data: [DONE]", (await reader.RestAsync())[^1]);

        await Wait.UntilAsync(async () => await Server.NumberAsync(Dropped) == 2);
        await Wait.UntilAsync(async () => await Server.GetHealthAsync("endless", "running") == 0);
        Assert.DoesNotContain(Server.Log, line => line.Contains("error:", StringComparison.Ordinal));
        await Server.ServesAsync("endless");
    }
}

/// <summary>One model with four sequences in the cells of two, and one with three of a context that nothing fills.</summary>
public sealed class FewCells : SharedProcess
{
    public const int Cells = 1_024;

    protected override Task<CascadeProcess> StartAsync()
    {
        File.WriteAllText(Folder.File("cascade.json"), JsonSerializer.Serialize(new
        {
            policy = TwoProcesses.Nowhere,
            threads = 1,
            pool = new object[]
            {
                new { path = Folder.WriteModel("tight.gguf"), parallel = 4, kv_layout = "unified", kv_cells = Cells },
                new { path = Folder.WriteModel("endless.gguf", LittleModel.Endless), ctx = LittleModel.Endless, parallel = 3 },
            },
        }));
        return CascadeProcess.ServeAsync("--config", Folder.File("cascade.json"));
    }
}
