using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Trainer.Shapes;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>Whatever kind of memory a model has, a sequence restored from host memory goes on as it would have.</summary>
public sealed class RestoredPrefixTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    private const int ContextLength = 256;

    public static IEnumerable<TheoryDataRow<string>> Architectures => SmallShapes.All;

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task An_evicted_sequence_comes_back_whole_and_cut_where_that_can_be(string architecture)
    {
        string path = shapes.PathOf(architecture);
        using PlainLoop plain = new(path, ContextLength, sequences: 1) { IgnoreEnd = true };
        Agreement agreement = new(plain, Rounding.Of(path), jumps: PublishedShapes.Of(architecture).Experts is null ? 0 : 20);
        foreach (KvLayout layout in (KvLayout[])[KvLayout.Streams, KvLayout.Unified])
        {
            using PrefixStore store = new(capacity: 1 << 28);
            using LanguageModel model = await LanguageModel.LoadAsync(
                new ModelOptions
                {
                    Path = path, ContextLength = ContextLength, Parallel = 1, Threads = 1, GpuLayers = 0, KvLayout = layout, PrefixStore = store,
                    Sampling = new SamplingOptions { Temperature = 0 },
                },
                NullLogger.Instance, TestContext.Current.CancellationToken);
            // A state has of a sliding window no more than its end needs. llama.cpp gives Phi-3 none.
            bool cuts = model.Capabilities.VerifiesDrafts && (PublishedShapes.Of(architecture).Window == 0 || architecture == "phi3");
            int[] text = model.Tokenize(string.Join(' ', Prompts.Forty));
            int[] first = await AskAsync(model, text[..120], 0);
            await AskAsync(model, text[120..200], 0);

            // All that it held, and something behind it.
            int[] whole = [.. first, .. text[200..210]];
            await AskAsync(model, whole, first.Length);
            await AskAsync(model, text[120..200], cuts ? 79 : 0);

            // What leaves it in its midst.
            await AskAsync(model, [.. first[..100], .. text[200..230]], cuts ? 100 : 0);
            Assert.Equal(cuts ? 3 : 1, model.Status.StoredPrefixes.Restored);
        }

        agreement.Report($"{architecture}, restored");

        async Task<int[]> AskAsync(LanguageModel model, int[] prompt, int cached)
        {
            Answer answer = await Answer.ReadAsync(
                model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 16, IgnoreEndOfSequence = true }));
            Assert.Equal(cached, answer.Result.CachedTokens);
            agreement.Check(prompt, answer);
            return [.. prompt, .. answer.Tokens.SkipLast(1)];
        }
    }
}
