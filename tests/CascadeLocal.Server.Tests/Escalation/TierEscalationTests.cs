using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>The shipped tier over HTTP, nano before base, with judges whose verdicts are known.</summary>
public sealed class TierEscalationTests
{
    private static readonly string[] Questions = ["What is 17 + 25?", "Sort the words: pear, fig, apple.", "Spell house backwards."];

    private static readonly string[] Greedy = ["\"temperature\":0", "\"max_tokens\":48"];

    private static string ModelFile(string name) => Path.Combine(RepositoryPaths.DefaultTier, $"{name}.gguf");

    private static async Task<TestServer> StartAsync(MemberJudge judge, double? acceptedShare = null)
    {
        Assert.SkipUnless(File.Exists(ModelFile("nano")) && File.Exists(ModelFile("base")), "models/default has no nano or no base");
        TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano"), TestServer.Member("base")], LoadEmbedder = () => new LetterEmbedder() },
            LoadAsync);
        await server.Server.Policies.UseAsync(
            new LoadedPolicy(TestPolicy.Make(strong: "base") with { Escalation = GatedPolicy.Stage(judge, acceptedShare: acceptedShare) }, "memory", "handmade"),
            CancellationToken.None);
        return server;
    }

    private static async Task<IMember> LoadAsync(string name) => await LanguageModel.LoadAsync(
        new ModelOptions { Path = ModelFile(name), Threads = 1, ContextLength = 512, Parallel = 2 }, NullLogger.Instance, CancellationToken.None);

    // On a server of its own, so that nothing of the answer is in the cache and batches have the same shapes.
    private static async Task<List<CascadeAnswer>> AnswersOfAsync(string model)
    {
        await using TestServer server = await StartAsync(HandMadeJudge.Constant(0.5));
        List<CascadeAnswer> answers = [];
        foreach (string question in Questions)
            answers.Add(await CascadeAnswer.AskAsync(server, question, [.. Greedy, $"\"model\":\"{model}\""]));
        return answers;
    }

    private static async Task<string> StreamedAsync(TestServer server, string question)
    {
        using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request([question], [.. Greedy, "\"stream\":true"]));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = await reader.RestAsync();
        Assert.Equal("data: [DONE]", lines[^1]);
        return string.Concat(lines.Where(l => l.StartsWith("data: {", StringComparison.Ordinal)).Select(TextOf));
    }

    private static string? TextOf(string line)
    {
        using JsonDocument chunk = JsonDocument.Parse(line[6..]);
        return chunk.RootElement.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() : "";
    }

    [Theory]
    [InlineData(0.1, "base")]
    [InlineData(0.9, "nano")]
    public async Task What_is_delivered_is_what_its_member_says_alone(double own, string model)
    {
        List<CascadeAnswer> alone = await AnswersOfAsync(model);
        await using TestServer server = await StartAsync(HandMadeJudge.Constant(own));

        for (int i = 0; i < Questions.Length; i++)
        {
            CascadeAnswer answer = await CascadeAnswer.AskAsync(server, Questions[i], Greedy);

            Assert.Equal((alone[i].Text, model, model == "base"), (answer.Text, answer.Model, answer.Escalated));
            Assert.Equal(
                alone[i].Body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(),
                answer.Body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
            Assert.True(answer.Cascade.GetProperty("passes").EnumerateArray().All(p => p.GetProperty("output_tokens").GetInt32() > 0));
        }
    }

    [Theory]
    [InlineData(0.1, "base")]
    [InlineData(0.9, "nano")]
    public async Task A_stream_shows_what_is_delivered_and_nothing_else(double own, string model)
    {
        List<CascadeAnswer> alone = await AnswersOfAsync(model);
        await using TestServer server = await StartAsync(HandMadeJudge.Constant(own));

        for (int i = 0; i < Questions.Length; i++)
            Assert.Equal(alone[i].Text, await StreamedAsync(server, Questions[i]));
    }

    [Fact]
    public async Task Nanos_tokens_are_a_draft_for_base()
    {
        await using TestServer server = await StartAsync(HandMadeJudge.Constant(0.1), acceptedShare: 0.9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, Questions[0], Greedy);

        int offered = answer.Cascade.GetProperty("draft_tokens_offered").GetInt32();
        Assert.Equal(answer.Cascade.GetProperty("passes")[0].GetProperty("output_tokens").GetInt32(), offered);
        Assert.InRange(answer.Cascade.GetProperty("draft_tokens_reused").GetInt32(), 0, offered);
    }
}
