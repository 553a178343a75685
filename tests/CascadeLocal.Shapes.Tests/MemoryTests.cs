using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Tests.Engine;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>What we say a model of each architecture will take, against what llama.cpp says it has allocated.</summary>
public sealed class MemoryTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    private const double Mebibyte = 1 << 20;

    public static IEnumerable<TheoryDataRow<string>> Architectures => SmallShapes.All;

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Keys_values_and_states_are_what_llama_cpp_allocates(string architecture)
    {
        foreach (KvLayout layout in (KvLayout[])[KvLayout.Streams, KvLayout.Unified])
        {
            ModelOptions options = new()
            {
                Path = shapes.PathOf(architecture), ContextLength = 512, Parallel = 4, PrefillBudget = 128, KvLayout = layout, GpuLayers = 0, Threads = 1,
            };
            NativeBackend.Initialize(NullLogger.Instance);
            GgufFile file = GgufFile.Open(options.Path);
            MemoryShare need = MemoryNeed.Of(file.Metadata, file.Tensors, options, gpus: 0).Ram;

            (AllocatedBuffers allocated, KvBudget planned) = AllocatedBuffers.Of(options);
            double cache = allocated.KvCache + allocated.States;
            Assert.InRange(need.KvCache / Mebibyte, cache - 0.03, cache + 0.03);
            Assert.Equal(planned.Bytes, need.KvCache);
            Assert.True(need.Compute / Mebibyte >= allocated.Compute, $"{need.Compute / Mebibyte:N1} of {allocated.Compute:N1} MiB");
        }
    }
}
