using System.Text.RegularExpressions;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What is refused for want of memory, on the figures of a model of 8 B parameters in 8 bits.</summary>
public sealed class MemoryCheckTests : IDisposable
{
    private const long Gibibyte = 1L << 30;
    private const int Blocks = 32;

    private static readonly ModelMetadata Model = new()
    {
        Architecture = "llama", Name = "eight", ContextLength = 131_072, EmbeddingLength = 4096, BlockCount = Blocks,
        HeadCount = [.. Enumerable.Repeat(32, Blocks)], KvHeadCount = [.. Enumerable.Repeat(8, Blocks)], KeyLength = 128, ValueLength = 128,
        SlidingWindow = null, StateBytes = new long[Blocks], VocabularySize = 128_256, Quantization = "Q8_0", ParameterCount = 8_000_000_000,
        ChatTemplates = new Dictionary<string, string>(),
        Sampling = new SamplingOptions(),
    };

    private static readonly GgufTensor[] Tensors =
    [
        Tensor("token_embd.weight", 4096, 128_256),
        Tensor("output.weight", 4096, 128_256),
        .. Enumerable.Range(0, Blocks).SelectMany(block => (GgufTensor[])
        [
            Tensor($"blk.{block}.attn_q.weight", 4096, 4096), Tensor($"blk.{block}.attn_output.weight", 4096, 4096),
            Tensor($"blk.{block}.attn_k.weight", 4096, 1024), Tensor($"blk.{block}.attn_v.weight", 4096, 1024),
            Tensor($"blk.{block}.ffn_gate.weight", 4096, 14_336), Tensor($"blk.{block}.ffn_up.weight", 4096, 14_336),
            Tensor($"blk.{block}.ffn_down.weight", 14_336, 4096),
        ]),
    ];

    // Its cache takes 128 KiB a token: 8 GiB for 8 sequences of 8,192.
    private static readonly ModelOptions Options = new() { Path = "eight.gguf", ContextLength = 8192, PrefillBudget = 128, GpuLayers = 0 };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_cache_and_buffers_are_counted_together()
    {
        MemoryShare need = MemoryNeed.Of(Model, Tensors, Options, gpus: 0).Ram;
        Assert.InRange(need.Weights, 7.9 * Gibibyte, 8.1 * Gibibyte);
        Assert.Equal(8 * Gibibyte, need.KvCache);

        Require(Options, need.Total);
        Assert.Throws<ModelLoadException>(() => Require(Options, need.Total - 1));
    }

    [Fact]
    public void The_reason_has_the_figures_and_what_would_fit()
    {
        ModelLoadException error = Refused(Options, 12 * Gibibyte);

        Assert.Equal("memory", error.Field);
        Assert.Matches(@"^16,\d{3}\.\d MiB of memory are needed \(weights 8,1\d\d\.\d MiB, KV cache 8,192\.0 MiB, compute buffers \d+\.\d MiB\), but 12,288\.0 MiB are free; ctx \d+ or parallel \d+ would fit$", error.Reason);
        int context = Number(error.Reason, "ctx");
        int parallel = Number(error.Reason, "parallel");
        Require(Options with { ContextLength = context }, 12 * Gibibyte);
        Require(Options with { Parallel = parallel }, 12 * Gibibyte);
        Assert.Throws<ModelLoadException>(() => Require(Options with { ContextLength = context + 256 }, 12 * Gibibyte));
        Assert.Throws<ModelLoadException>(() => Require(Options with { Parallel = parallel + 1 }, 12 * Gibibyte));
    }

    [Fact]
    public void Where_the_weights_alone_do_not_fit_nothing_is_proposed() =>
        Assert.EndsWith("no smaller context or fewer sequences would fit", Refused(Options, 6 * Gibibyte).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_shared_cache_is_made_smaller_by_its_cells()
    {
        ModelOptions shared = Options with { KvLayout = KvLayout.Unified, KvCells = 65_536 };
        string reason = Refused(shared, 12 * Gibibyte).Reason;

        Assert.DoesNotContain("ctx", reason, StringComparison.Ordinal);
        Require(shared with { KvCells = Number(reason, "kv_cells") }, 12 * Gibibyte);
    }

    [Fact]
    public void The_gpu_s_memory_is_asked_for_what_goes_there_and_the_machine_s_for_the_rest()
    {
        ModelOptions all = Options with { GpuLayers = -1, PrefillBudget = 512 };
        Require(all, 4 * Gibibyte, 20 * Gibibyte);
        Require(all, 4 * Gibibyte, 10 * Gibibyte, 10 * Gibibyte);

        string reason = Refused(all, 64 * Gibibyte, 12 * Gibibyte).Reason;
        Assert.Contains("of GPU memory are needed", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("of memory are needed", reason, StringComparison.Ordinal);
        Require(all with { GpuLayers = Number(reason, "gpu_layers") }, 64 * Gibibyte, 12 * Gibibyte);
        Assert.Throws<ModelLoadException>(() => Require(all with { GpuLayers = Number(reason, "gpu_layers") + 1 }, 64 * Gibibyte, 12 * Gibibyte));

        // Half of the layers stay here, with their part of the cache.
        Assert.Contains("of memory are needed", Refused(all with { GpuLayers = 16 }, 4 * Gibibyte, 64 * Gibibyte).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recurrent_state_counts_for_each_sequence()
    {
        ModelMetadata recurrent = Model with { StateBytes = [.. Enumerable.Repeat(1L << 20, Blocks)] };

        Assert.Equal(
            MemoryNeed.Of(Model, Tensors, Options, gpus: 0).Ram.Total + (8L * Blocks << 20),
            MemoryNeed.Of(recurrent, Tensors, Options, gpus: 0).Ram.Total);
    }

    [Fact]
    public void The_tightest_control_group_counts_with_its_file_cache_as_free()
    {
        Group("", "1000", "100", "");
        Group("a", "max", "100", "");
        Group("a/b", "500", "400", "anon 1\ninactive_file 30\nactive_file 20\n");

        Assert.Equal(150, SystemMemory.ControlGroupBytes(["1:cpu:/x", "0::/a/b"], _folder.Path));
        Assert.Equal(900, SystemMemory.ControlGroupBytes(["0::/a"], _folder.Path));
        Assert.Equal(long.MaxValue, SystemMemory.ControlGroupBytes(["0::/"], Path.Combine(_folder.Path, "a")));
        Assert.Equal(long.MaxValue, SystemMemory.ControlGroupBytes([], Path.Combine(_folder.Path, "none")));
    }

    [Fact]
    public void This_machine_has_some_memory_and_not_more_than_it_has() =>
        Assert.InRange(SystemMemory.AvailableBytes(), 1 << 20, 1L << 50);

    private void Group(string name, string limit, string used, string statistics)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "memory.max"), limit + "\n");
        File.WriteAllText(Path.Combine(folder, "memory.current"), used + "\n");
        File.WriteAllText(Path.Combine(folder, "memory.stat"), statistics);
    }

    private static GgufTensor Tensor(string name, long columns, long rows) =>
        new(name, [columns, rows], GgmlType.Q8_0, 0, columns * rows, rows * GgmlType.Q8_0.RowBytes(columns));

    private static void Require(ModelOptions options, long ram, params long[] gpus) =>
        MemoryCheck.Require(Model, Tensors, options, new FreeMemory(ram, gpus));

    private static ModelLoadException Refused(ModelOptions options, long ram, params long[] gpus) =>
        Assert.Throws<ModelLoadException>(() => Require(options, ram, gpus));

    private static int Number(string reason, string name) =>
        int.Parse(NumberAfter(name).Match(reason).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    private static Regex NumberAfter(string name) => new($@"\b{name} (\d+)");
}
