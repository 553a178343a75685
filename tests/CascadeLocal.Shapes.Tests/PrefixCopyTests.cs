using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Trainer.Shapes;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>A prompt that begins as a running one is evaluated from a copy of what that holds, and both go on apart.</summary>
public sealed class PrefixCopyTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    private const int PrefillBudget = 48;
    private const int ContextLength = 256;

    public static IEnumerable<TheoryDataRow<string>> Architectures => SmallShapes.All;

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task A_running_sequence_is_copied_exactly(string architecture)
    {
        string path = shapes.PathOf(architecture);
        using PlainLoop plain = new(path, ContextLength, sequences: 1) { IgnoreEnd = true };
        Agreement agreement = new(plain, Rounding.Of(path), jumps: PublishedShapes.Of(architecture).Experts is null ? 0 : 20);
        foreach (KvLayout layout in (KvLayout[])[KvLayout.Streams, KvLayout.Unified])
        {
            using LanguageModel model = await LanguageModel.LoadAsync(
                new ModelOptions
                {
                    Path = path, ContextLength = ContextLength, Parallel = 4, Threads = 1, GpuLayers = 0, KvLayout = layout, PrefillBudget = PrefillBudget,
                    Sampling = new SamplingOptions { Temperature = 0 },
                },
                NullLogger.Instance, TestContext.Current.CancellationToken);
            // The scheduler is stepped from here: the model's own thread, which may not even have begun, is kept from it.
            model.Inside.Thread.Hold();
            Scheduler scheduler = model.Inside.Scheduler;
            int[] beginning = model.Tokenize(string.Join(' ', Prompts.Forty))[..(2 * PrefillBudget)];
            Sequence first = Prepare(model, [.. beginning, .. model.Tokenize(Prompts.Forty[0])]);
            Sequence second = Prepare(model, [.. beginning, .. model.Tokenize(Prompts.Forty[1])]);

            scheduler.Enqueue(first);
            scheduler.Step();
            scheduler.Enqueue(second);
            while (scheduler.HasWork)
            {
                scheduler.Step();
                scheduler.CheckIntegrity();
            }

            // What can be cut is waited for and copied as far as both are alike; else all that is there is copied, while they are alike.
            int alike = first.Known[..first.PromptLength].CommonPrefixLength(second.Known[..second.PromptLength]);
            Assert.Equal(model.Capabilities.VerifiesDrafts ? alike : PrefillBudget, second.CachedTokens);
            foreach (Sequence sequence in (Sequence[])[first, second])
                agreement.Check([.. sequence.Known[..sequence.PromptLength]], new Answer("", [.. sequence.Known[sequence.PromptLength..]], sequence.End.Result!));
        }

        agreement.Report($"{architecture}, copied while it runs");
    }

    private static Sequence Prepare(LanguageModel model, int[] prompt) =>
        model.Prepare(
            new GenerationRequest { Prompt = prompt, MaxTokens = 16, IgnoreEndOfSequence = true }, observer: null, TestContext.Current.CancellationToken);
}
