using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using CsCheck;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Models that are made to fit into the memory that is free, alone and together.</summary>
public sealed class MemoryFitTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ModelFiles _long;
    private readonly ModelFiles _short;

    public MemoryFitTests()
    {
        _long = Open("long.gguf", 131_072);
        _short = Open("short.gguf", 1024);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_fits_is_left_alone_and_nothing_is_said()
    {
        Recorder log = new();

        Assert.Equal([_long.Options, _short.Options], MemoryFit.Shrink([_long, _short], new(long.MaxValue, []), log));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public void As_many_sequences_are_kept_as_fit_and_the_context_is_kept_as_long_as_one_does()
    {
        Gen.Int[1, 8].Sample(parallel =>
        {
            long need = Total(_long, _long.Options with { Parallel = parallel, ContextLength = 8192 });
            ModelOptions fitting = Shrink(_long, need);
            Assert.Equal((parallel, 8192), Served(_long, fitting));
            Assert.True(Served(_long, Shrink(_long, need - 1)).Parallel < parallel || parallel == 1);
        });
        Assert.Equal((1, 4096), Served(_long, Shrink(_long, Total(_long, _long.Options with { Parallel = 1, ContextLength = 4096 }))));
    }

    [Fact]
    public void Whatever_is_free_what_was_set_is_never_changed()
    {
        Gen.Select(Gen.Int[0, 8], Gen.Int[63, 8192], Gen.Int[0, 100]).Sample((sequenceSetting, contextSetting, percent) =>
        {
            int? parallel = sequenceSetting == 0 ? null : sequenceSetting, context = contextSetting < 64 ? null : contextSetting;
            ModelFiles model = _long with { Options = _long.Options with { Parallel = parallel, ContextLength = context } };
            ModelOptions fitting = Shrink(model, Total(_long, _long.Options) * percent / 100);
            Assert.True(parallel is null || fitting.Parallel == parallel);
            Assert.True(context is null || fitting.ContextLength == context);
            (int sequences, int tokens) = Served(model, fitting);
            Assert.True(sequences >= 1 && tokens >= Math.Min(context ?? int.MaxValue, MemoryFit.LeastContextLength));
        });
    }

    [Fact]
    public void Cells_that_were_set_are_the_size_of_the_cache()
    {
        ModelOptions options = _long.Options with { KvLayout = KvLayout.Unified, KvCells = 65_536 };

        Assert.Equal(options, Shrink(_long with { Options = options }, 1 << 20));
    }

    [Fact]
    public void What_does_not_fit_at_its_smallest_is_refused_with_what_would_fit_of_what_was_set()
    {
        ModelFiles model = _long with { Options = _long.Options with { ContextLength = 100_000 } };
        long free = Total(_long, _long.Options with { Parallel = 1, ContextLength = 20_000 });
        ModelOptions smallest = Shrink(model, free);

        ModelLoadException error = Assert.Throws<ModelLoadException>(
            () => MemoryCheck.Require(model.Model.Metadata, model.Tensors, smallest, new(free, [])));

        Assert.Equal(1, smallest.Parallel);
        Assert.Matches(@"; ctx \d+ would fit$", error.Reason);
    }

    [Fact]
    public void A_pool_is_counted_together_and_the_one_with_the_largest_cache_gives()
    {
        ModelFiles modest = _long with { Options = _long.Options with { Parallel = 2, ContextLength = 2048 } };
        long free = Total(_long, _long.Options with { Parallel = 3, ContextLength = 8192 }) + Total(modest, modest.Options) + Total(_short, _short.Options);
        Recorder log = new();

        IReadOnlyList<ModelOptions> fitting = MemoryFit.Shrink([_long, modest, _short], new(free, []), log);

        Assert.Equal((3, 8192), Served(_long, fitting[0]));
        Assert.Equal([modest.Options, _short.Options], fitting.Skip(1));
        Assert.Contains("long.gguf: 3 x 8192 tokens in place of 8 x 8192, so that it fits:", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Matches(@"[0-9.,]+ MiB of memory are needed \(weights [0-9.,]+ MiB, KV cache [0-9.,]+ MiB, compute buffers [0-9.,]+ MiB\); [0-9.,]+ MiB are free", log.Lines[0]);
    }

    [Fact]
    public void A_pool_that_cannot_fit_keeps_its_options_and_is_told_with_the_figures_of_each()
    {
        Recorder log = new();

        Assert.Equal([_long.Options, _short.Options], MemoryFit.Shrink([_long, _short], new(1 << 20, []), log));
        Assert.Matches(@"^The 2 models do not fit together: at the least \S*long.gguf [0-9.]+ MiB of memory .*; \S*short.gguf [0-9.]+ MiB of memory .*; 1.0 MiB are free\.", Assert.Single(log.Lines));
    }

    [Fact]
    public void The_memory_of_gpus_is_counted_apart()
    {
        ModelFiles onGpu = _long with { Options = _long.Options with { GpuLayers = -1 } };
        MemoryNeed need = onGpu.Need(onGpu.Options with { Parallel = 2, ContextLength = 8192 }, gpus: 1);

        ModelOptions fitting = MemoryFit.Shrink([onGpu], new(long.MaxValue, [need.Gpu.Total]), NullLogger.Instance)[0];

        Assert.Equal((2, 8192), Served(onGpu, fitting));
    }

    [Fact]
    public void A_file_that_cannot_be_served_keeps_its_options_and_does_not_stop_the_others()
    {
        ModelOptions missing = new() { Path = Path.Combine(_folder.Path, "none.gguf") };
        ModelOptions[] pool = [missing, new() { Path = _long.Options.Path }, new() { Path = _short.Options.Path, Parallel = 3 }];

        Assert.Equal(pool, MemoryFit.Plan(pool, NullLogger.Instance));
    }

    private ModelFiles Open(string name, int context)
    {
        string path = _folder.Write(name, TestGguf.Create().Set("llama.context_length", (uint)context).Build());
        return ModelFiles.Open(new ModelOptions { Path = path, PrefillBudget = 128, GpuLayers = 0 });
    }

    private static ModelOptions Shrink(ModelFiles model, long free) => MemoryFit.Shrink([model], new(free, []), NullLogger.Instance)[0];

    private static long Total(ModelFiles model, ModelOptions options) => model.Need(options, gpus: 0).Ram.Total;

    private static (int Parallel, int Context) Served(ModelFiles model, ModelOptions options)
    {
        KvBudget kv = KvBudget.Plan(options, model.Model.Metadata);
        return (kv.Sequences, kv.ContextLength);
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class Recorder : ILogger
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add(formatter(state, exception));
}
