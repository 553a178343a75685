using System.Collections.Concurrent;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

/// <summary>The shipped nano before base, which works on nine requests in ten: its prompts are evaluated while it is decided and nano tries.</summary>
public sealed class PrefillAheadTests
{
    private static readonly string[] Greedy = ["\"temperature\":0", "\"max_tokens\":48"];

    // Long enough to be shared, and its beginning is asked of nobody else here.
    private static readonly string Question = string.Concat(Enumerable.Range(1, 20).Select(i => $"There are {i} birds. ")) + "What is 17 + 25?";

    private static readonly int[] ShortPrompt = [5, 6, 7];

    private readonly ConcurrentDictionary<string, LanguageModel> _models = new(StringComparer.Ordinal);

    [Fact]
    public async Task Where_it_is_wanted_the_prompt_is_evaluated_once_and_counts_as_not_cached()
    {
        await using TestServer server = await StartAsync(own: 0.1);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, Question, Greedy);

        Assert.Equal(("base", true), (answer.Model, answer.Escalated));
        int prompt = answer.Body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        Assert.Equal(0, answer.Body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        // The last token is evaluated again, since its logits are what the answer begins with.
        EngineStatus status = _models["base"].Status;
        Assert.Equal((prompt + 1L, 0L), (status.PrefillTokens, status.CachedTokens));
    }

    [Fact]
    public async Task The_next_turn_still_has_in_the_cache_what_was_there_before()
    {
        await using TestServer server = await StartAsync(own: 0.1);
        await CascadeAnswer.AskAsync(server, Question, Greedy);

        CascadeAnswer again = await CascadeAnswer.AskAsync(server, Question, Greedy);

        int prompt = again.Body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        Assert.Equal(prompt - 1, again.Body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
    }

    // Of the kinds that the tier was made for: of others the best two tokens may be nearer to each other than the rounding.
    [Theory]
    [InlineData("What is 17 + 25?")]
    [InlineData("Sort the words: pear, fig, apple.")]
    [InlineData("Spell house backwards.")]
    public async Task The_answer_is_the_one_without(string question)
    {
        await using TestServer with = await StartAsync(own: 0.1);
        CascadeAnswer ahead = await CascadeAnswer.AskAsync(with, question, Greedy);
        await using TestServer without = await StartAsync(own: 0.1, prefillsAhead: false);
        CascadeAnswer plain = await CascadeAnswer.AskAsync(without, question, Greedy);

        Assert.Equal(plain.Text, ahead.Text);
        Assert.Equal(plain.Body.GetProperty("usage").GetProperty("prompt_tokens").GetInt64(), _models["base"].Status.PrefillTokens);
    }

    [Fact]
    public async Task Where_it_was_for_nothing_it_ends_with_the_request()
    {
        await using TestServer server = await StartAsync(own: 0.9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, Question, Greedy);

        Assert.Equal(("nano", false), (answer.Model, answer.Escalated));
        Assert.InRange(_models["base"].Status.OutputTokens, 0, 1);
        await Wait.UntilAsync(() => _models["base"].Load is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task A_member_with_something_else_to_do_is_left_alone()
    {
        await using TestServer server = await StartAsync(own: 0.9);
        Generation busy = _models["base"].Start(new() { Prompt = ShortPrompt, MaxTokens = 1000, IgnoreEndOfSequence = true });
        await Wait.UntilAsync(() => _models["base"].Status.OutputTokens > 0);

        await CascadeAnswer.AskAsync(server, Question, Greedy);
        long prefilled = _models["base"].Status.PrefillTokens;
        await busy.DisposeAsync();

        Assert.Equal(3, prefilled);
    }

    [Theory]
    [InlineData("\"model\":\"nano\"")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    public async Task Nothing_is_done_ahead_for_who_names_a_member_or_wants_a_form(string field)
    {
        await using TestServer server = await StartAsync(own: 0.9);

        await CascadeAnswer.AskAsync(server, Question, [.. Greedy, field]);

        Assert.Equal(0, _models["base"].Status.PrefillTokens);
    }

    [Fact]
    public async Task A_conversation_that_no_context_holds_is_refused_as_ever()
    {
        await using TestServer server = await StartAsync(own: 0.1);

        using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request([string.Concat(Enumerable.Repeat("many words ", 900))]));

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<TestServer> StartAsync(double own, bool prefillsAhead = true)
    {
        Assert.SkipUnless(File.Exists(ModelFile("nano")) && File.Exists(ModelFile("base")), "models/default has no nano or no base");
        TestServer server = await TestServer.StartAsync(
            options => options with
            {
                Members = [TestServer.Member("nano"), TestServer.Member("base")],
                LoadEmbedder = () => new LetterEmbedder(),
                Cascade = new CascadeSettings { PrefillsAhead = prefillsAhead },
            },
            LoadAsync);
        Policy policy = TestPolicy.Make(strong: "base") with
        {
            Escalation = GatedPolicy.Stage(HandMadeJudge.Constant(own)) with { Expected = new(100, 0.9, 0.9, 1, null, EscalationRate: 0.4, null) },
        };
        await server.Server.Policies.UseAsync(new LoadedPolicy(policy, "memory", "handmade"), CancellationToken.None);
        return server;
    }

    private async Task<IMember> LoadAsync(string name) => _models[name] = await LanguageModel.LoadAsync(
        new ModelOptions { Path = ModelFile(name), Threads = 1, ContextLength = 1024, Parallel = 2 }, NullLogger.Instance, CancellationToken.None);

    private static string ModelFile(string name) => Path.Combine(RepositoryPaths.DefaultTier, $"{name}.gguf");
}
