using System.Net;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Shadows;

/// <summary>What nobody waits for gives way, on a real model with a single sequence.</summary>
public sealed class BackgroundTests
{
    private const string Unending = "\"ignore_eos\":true";

    [Fact]
    public async Task Shadow_work_in_the_only_sequence_gives_way_to_whoever_asks_and_is_counted_as_dropped()
    {
        string file = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        Assert.SkipUnless(File.Exists(file), "models/default has no nano");
        LanguageModel? nano = null;
        ScriptedMember strong = new(long.MaxValue);
        await using TestServer server = await TestServer.StartAsync(
            options => options with { MaxQueue = 0, LoadEmbedder = () => new LetterEmbedder(), Cascade = new() { Mode = CascadeMode.Shadow } },
            async name => name == "small" ? strong : nano = await LanguageModel.LoadAsync(
                new ModelOptions { Path = file, Threads = 1, ContextLength = 512, Parallel = 1, MaxQueue = 1 }, NullLogger.Instance));
        await server.Server.Policies.UseAsync(new LoadedPolicy(GatedPolicy.Of(HandMadeJudge.Constant(0.9)), "memory", "handmade"), CancellationToken.None);

        for (int round = 1; round <= 3; round++)
        {
            CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Unending);
            Assert.Equal(("42", "small"), (answer.Text, answer.Model));
            long before = nano!.Status.OutputTokens;
            await Wait.UntilAsync(() => nano.Status.Running == 1 && nano.Status.OutputTokens > before);

            using HttpResponseMessage live = await server.PostAsync(CascadeAnswer.Request(["hello"], "\"model\":\"nano\"", "\"max_tokens\":4", Unending));

            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
            // It was given the sequence while the other still wanted hundreds of tokens.
            Assert.InRange(nano.Status.OutputTokens - before, 4, 450);
            await Wait.UntilAsync(async () => (await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)))
                .Contains($"cascade_shadow_total{{result=\"dropped\"}} {round}\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Nobody_is_refused_because_of_what_nobody_waits_for()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)), options => options with { MaxQueue = 0, Cascade = new() { Mode = CascadeMode.Shadow } });
        List<ScriptedAnswer> shadows = [];
        server.Nano.Answer = _ =>
        {
            ScriptedAnswer shadow = ScriptedAnswer.Endless("4");
            lock (shadows)
                shadows.Add(shadow);
            return shadow;
        };

        // As many as could be inside, while all that is worked out beside them never ends.
        for (int i = 0; i < 24; i++)
            Assert.Equal("small", (await CascadeAnswer.AskAsync(server, "easy")).Model);

        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Matches("cascade_shadow_total{result=\"dropped\"} [1-9]", metrics);
        Assert.InRange(shadows.Count, 1, 8);
        Assert.All(server.Nano.Requests, request => Assert.Equal(RequestPriority.Background, request.Priority));
        Assert.All(server.Small.Requests, request => Assert.Equal(RequestPriority.Normal, request.Priority));
    }
}
