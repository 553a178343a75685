using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What we say a model will take against what llama.cpp says it has allocated.</summary>
public sealed class MemoryNeedTests : IDisposable
{
    private const double Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public static TheoryData<string, int, int, int, bool?, KvLayout> Cases
    {
        get
        {
            TheoryData<string, int, int, int, bool?, KvLayout> cases = [];
            foreach (string model in (string[])[TestModel.Random, "nano", "small", "base", TestModel.SmolLm2])
            foreach ((int context, int parallel, int budget) in ((int, int, int)[])[(256, 1, 128), (1024, 1, 512), (1024, 8, 128), (1024, 16, 512)])
            foreach (bool? flash in (bool?[])[null, false])
            foreach (KvLayout layout in (KvLayout[])[KvLayout.Streams, KvLayout.Unified])
                cases.Add(model, context, parallel, budget, flash, layout);
            return cases;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_need_covers_what_llama_cpp_allocates_and_is_not_far_above(
        string model, int context, int parallel, int budget, bool? flash, KvLayout layout)
    {
        CheckAgainstLog(new ModelOptions
        {
            Path = PathOf(model), ContextLength = context, Parallel = parallel, PrefillBudget = budget, FlashAttention = flash,
            KvLayout = layout, GpuLayers = 0, Threads = 1,
        });
    }

    [Theory]
    [InlineData("base", KvType.Q8, KvLayout.Streams)]
    [InlineData("base", KvType.Q4, KvLayout.Unified)]
    [InlineData(TestModel.SmolLm2, KvType.Q8, KvLayout.Unified)]
    [InlineData(TestModel.SmolLm2, KvType.Q4, KvLayout.Streams)]
    public void A_quantised_cache_takes_what_is_said(string model, KvType type, KvLayout layout) => CheckAgainstLog(new ModelOptions
    {
        Path = PathOf(model), ContextLength = 1024, Parallel = 8, PrefillBudget = 128, KvType = type, KvLayout = layout, GpuLayers = 0, Threads = 1,
    });

    private static void CheckAgainstLog(ModelOptions options)
    {
        NativeBackend.Initialize(NullLogger.Instance);
        GgufFile file = GgufFile.Open(options.Path);
        MemoryShare need = MemoryNeed.Of(file.Metadata, file.Tensors, options, gpus: 0).Ram;

        (AllocatedBuffers allocated, _) = AllocatedBuffers.Of(options);
        Assert.InRange(need.Weights / Mebibyte, allocated.Weights - 0.01, allocated.Weights + 0.5);
        Assert.InRange(need.KvCache / Mebibyte, allocated.KvCache - 0.01, allocated.KvCache + 0.01);
        Assert.InRange(need.Compute / Mebibyte, allocated.Compute, (3 * allocated.Compute) + 8);
    }

    [Fact]
    public void Layers_on_the_gpu_take_their_weights_and_cache_with_them()
    {
        GgufFile file = GgufFile.Open(PathOf("base"));
        MemoryNeed none = Need(0);
        MemoryNeed some = Need(file.Metadata.BlockCount / 2);
        MemoryNeed all = Need(-1);

        Assert.Equal(0, none.Gpu.Total);
        foreach (MemoryNeed need in (MemoryNeed[])[some, all])
            Assert.Equal(none.Ram.KvCache, need.Ram.KvCache + need.Gpu.KvCache);
        Assert.InRange(some.Gpu.Weights, 1, all.Gpu.Weights - 1);
        Assert.Equal(0, all.Ram.KvCache);
        Assert.Equal(all, Need(file.Metadata.BlockCount + 1));

        // The input embedding stays; where it is the output too, the GPU gets one of its own.
        Assert.True(file.TryGetTensor("token_embd.weight", out GgufTensor? embedding));
        Assert.Equal(embedding.Bytes, all.Ram.Weights);
        long twice = file.TryGetTensor("output.weight", out _) ? 0 : embedding.Bytes;
        Assert.Equal(none.Ram.Weights + twice, all.Ram.Weights + all.Gpu.Weights);

        MemoryNeed Need(int gpuLayers) => MemoryNeed.Of(
            file.Metadata, file.Tensors, new ModelOptions { Path = file.Path, PrefillBudget = 512, GpuLayers = gpuLayers }, gpus: 1);
    }

    private string PathOf(string model) => model is "nano" or "small" or "base"
        ? Path.Combine(RepositoryPaths.DefaultTier, model + ".gguf")
        : TestModel.Path(model, _folder);
}
