using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Tuning;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Tuning;

/// <summary>The tuner on a little random model. What is faster is the machine's affair; what is varied is not.</summary>
public sealed class ModelTunerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<TuningReport> TuneAsync(Func<ModelOptions, ModelOptions> change, int share = 2, CancellationToken? cancellation = null) =>
        ModelTuner.TuneAsync(
            change(new ModelOptions { Path = TestModel.Path(TestModel.Random, _folder) }), share, TimeSpan.FromMilliseconds(1), NullLogger.Instance, null,
            cancellation ?? TestContext.Current.CancellationToken);

    [Fact]
    public async Task What_is_open_is_varied_and_one_of_its_values_is_taken()
    {
        TuningReport report = await TuneAsync(options => options with { ContextLength = 512 }, share: 1);

        // One thread is what a share of one core has, and all that it could have.
        Assert.Equal([("flash_attention", "auto"), ("prefill_budget", "128")], report.Steps.Select(step => (step.Setting, step.Default)));
        Assert.Equal(["off"], report.Steps[0].Tried.Select(tried => tried.Value));
        Assert.All(report.Steps, step => Assert.Contains(step.Chosen, step.Tried.Select(tried => tried.Value).Append(step.Default)));
        Assert.All(report.Steps.SelectMany(step => step.Tried), tried => Assert.True((tried.TpotRatio ?? tried.PrefillRatio) > 0));
        Assert.True(report is { TpotRatio: > 0, PrefillRatio: > 0 });
        TunedSettings chosen = new()
        {
            FlashAttention = report.Steps[0].Chosen == "off" ? false : null,
            PrefillBudget = report.Steps[1].Chosen == "128" ? null : int.Parse(report.Steps[1].Chosen, null),
        };
        Assert.Equal(report.FellThrough ? new() : chosen, report.Settings);
    }

    [Fact]
    public async Task Threads_of_both_kinds_are_varied()
    {
        // Little work: two threads wait long for each other where other work holds a core.
        TuningReport report = await TuneAsync(
            options => options with { PrefillBudget = 8, FlashAttention = true, Parallel = 1, ContextLength = 64 }, share: 2);

        Assert.Equal([("threads", "2"), ("threads_batch", "2")], report.Steps.Select(step => (step.Setting, step.Default)));
        Assert.All(report.Steps, step => Assert.Equal("1", Assert.Single(step.Tried).Value));
        int[] chosen = [.. report.Steps.Select(step => int.Parse(step.Chosen, null))];
        TunedSettings expected = new() { Threads = chosen[0] == 2 ? null : 1, ThreadsBatch = chosen[0] == chosen[1] ? null : chosen[1] };
        Assert.Equal(report.FellThrough ? new() : expected, report.Settings);
    }

    [Fact]
    public async Task What_is_set_stays_as_it_is()
    {
        TuningReport report = await TuneAsync(options => options with { Threads = 1, PrefillBudget = 8, FlashAttention = true });

        Assert.Empty(report.Steps);
        Assert.Equal(new TunedSettings(), report.Settings);
    }

    [Fact]
    public async Task Alone_and_in_a_short_context_less_is_timed()
    {
        TuningReport report = await TuneAsync(options => options with { Parallel = 1, ContextLength = 2, KvLayout = KvLayout.Unified }, share: 1);

        // A prompt of 32 tokens says nothing of steps of 128.
        Assert.Equal("flash_attention", Assert.Single(report.Steps).Setting);
    }

    [Fact]
    public async Task Whoever_ends_it_leaves_nothing_behind()
    {
        using CancellationTokenSource source = new();
        Task<TuningReport> tuning = TuneAsync(options => options, cancellation: source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tuning);
    }

    [Fact]
    public void Fewer_threads_are_tried_down_to_one()
    {
        Assert.Equal([11, 8, 6, 4, 3, 2, 1], ModelTuner.Fewer(15));
        Assert.Equal([1], ModelTuner.Fewer(2));
        Assert.Empty(ModelTuner.Fewer(1));
    }

    [Fact]
    public void Threads_that_are_named_are_those_of_all_steps()
    {
        TunedSettings tuned = new() { Threads = 2, ThreadsBatch = 4, PrefillBudget = 256, FlashAttention = false };
        ModelOptions open = new() { Path = "a.gguf" };

        Assert.Equal(tuned, tuned.OpenIn(open));
        Assert.Equal(new() { PrefillBudget = 256, FlashAttention = false }, tuned.OpenIn(open with { Threads = 8 }));
        Assert.Equal(tuned with { ThreadsBatch = null }, tuned.OpenIn(open with { ThreadsBatch = 8 }));
        Assert.Equal("threads 2, threads_batch 4, prefill_budget 256, flash_attention off", tuned.InWords);
        Assert.Equal("the defaults", new TunedSettings().InWords);
    }
}
