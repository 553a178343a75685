using System.Runtime.InteropServices;

using CascadeLocal.Engine.Native;

using LLama.Native;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Native;

/// <summary>The library that this process really loads.</summary>
public sealed class NativeBackendTests
{
    private readonly NativeBackend _backend = NativeBackend.Initialize(NullLogger.Instance);

    [Fact]
    public void The_choice_is_made_once() =>
        Assert.Same(_backend, NativeBackend.Initialize(NullLogger.Instance));

    [Fact]
    public void Our_function_pointers_and_LLamaSharp_share_one_mapping_of_libllama()
    {
        // A struct's default is what fails when LLamaSharp has not found its library.
        _ = LLamaContextParams.Default();
        string[] mapped = [.. File.ReadLines("/proc/self/maps")
            .Where(line => line.EndsWith("/libllama.so", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .Distinct()];

        Assert.Equal([Path.GetFullPath(_backend.LibraryPath)], mapped);
        Assert.NotEqual(0, NativeLibrary.GetExport(NativeBackend.Handle, "llama_decode"));
    }

    [Fact]
    public void Without_a_reason_given_the_CPU_computes_only_where_no_driver_is() =>
        Assert.True(_backend.IsGpu || _backend.Reason is not null || !MachineFacts.Detect().HasNvidiaDriver);

    [Fact]
    public void This_CPU_runs_every_variant_below_its_best()
    {
        CpuFeatures cpu = CpuFeatures.Detect();

        Assert.True(cpu.Avx || !cpu.Avx2);
        Assert.True(cpu.Avx2 || !cpu.Avx512);
    }
}
