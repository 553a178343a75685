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

    [Theory]
    [MemberData(nameof(FewCells.Streams), MemberType = typeof(FewCells))]
    public async Task A_client_that_reads_nothing_of_its_stream_is_dropped_alone(string path)
    {
        await few.ReadNothingAsync();

        // Another client's stream, from beginning to end.
        using HttpResponseMessage response = await Server.PostAsync(JsonSerializer.Serialize(TwoProcesses.Question("on", model: "endless", maxTokens: 64, ignoreEos: true, stream: true)));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        Assert.Equal("data: [DONE]", (await reader.RestAsync())[^1]);

        await Wait.UntilAsync(() => Server.Log.Any(line => line.Contains($"POST {path} ", StringComparison.Ordinal) && line.Contains("client gone", StringComparison.Ordinal)));
        await Wait.UntilAsync(async () => await Server.GetHealthAsync("endless", "running") == 0);
        Assert.Equal(FewCells.Bodies.Count, await Server.NumberAsync("cascade_completed_total{model=\"endless\",status=\"cancelled\"}"));
        Assert.DoesNotContain(Server.Log, line => line.Contains("error:", StringComparison.Ordinal));
        await Server.ServesAsync("endless");
    }
}

/// <summary>One model with four sequences in the cells of two, and one of a context that nothing fills, with a sequence more than there are streams.</summary>
public sealed class FewCells : SharedProcess
{
    public const int Cells = 1_024;

    private readonly List<RawClient> _silent = [];

    /// <summary>What asks for an answer without end, by its path.</summary>
    internal static IReadOnlyDictionary<string, string> Bodies { get; } = new Dictionary<string, string>
    {
        [ProcessRequests.Chat] = """ "messages":[{"role":"user","content":"on"}],"ignore_eos":true """,
        ["/v1/completions"] = """ "prompt":"on","max_tokens":200000,"ignore_eos":true """,
        ["/v1/responses"] = """ "input":"on","ignore_eos":true """,
        ["/v1/messages"] =
            """ "messages":[{"role":"user","content":"on"}],"max_tokens":200000,"output_format":{"type":"json_schema","schema":{"type":"string","minLength":200000}} """,
    };

    public static TheoryData<string> Streams => [.. Bodies.Keys];

    /// <summary>Opens a stream of every kind, all at once since each is waited for as long, and reads none; once.</summary>
    public async Task ReadNothingAsync()
    {
        if (_silent.Count > 0)
            return;
        foreach ((string path, string fields) in Bodies)
            _silent.Add(await RawClient.PostAsync(Server, $"{{\"model\":\"endless\",\"stream\":true,{fields}}}", path, takesLittle: true));
        await Wait.UntilAsync(async () => await Server.GetHealthAsync("endless", "running") == Bodies.Count);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (RawClient client in _silent)
            client.Dispose();
        await base.DisposeAsync();
    }

    protected override Task<CascadeProcess> StartAsync()
    {
        File.WriteAllText(Folder.File("cascade.json"), JsonSerializer.Serialize(new
        {
            policy = TwoProcesses.Nowhere,
            threads = 1,
            pool = new object[]
            {
                new { path = Folder.WriteModel("tight.gguf"), parallel = 4, kv_layout = "unified", kv_cells = Cells },
                new { path = Folder.WriteModel("endless.gguf", LittleModel.Endless), ctx = LittleModel.Endless, parallel = Bodies.Count + 1 },
            },
        }));
        return CascadeProcess.ServeAsync("--config", Folder.File("cascade.json"));
    }
}
