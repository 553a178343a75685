using CascadeLocal.Engine.Native;

using Xunit;

namespace CascadeLocal.Engine.Tests.Native;

/// <summary>Which native library serves, on machines that are only described.</summary>
public sealed class NativeBackendChoiceTests
{
    private static readonly CpuFeatures Newest = new(Avx: true, Avx2: true, Avx512: true);
    private static readonly string[] CpuVariants = ["avx512", "avx2", "avx", "noavx"];
    private static readonly string[] AllVariants = ["cuda12", .. CpuVariants];
    private static readonly string[] CudaRuntime = ["libcuda.so.1", "libcudart.so.12", "libcublas.so.12"];

    [Theory]
    [InlineData(true, true, true, "avx512")]
    [InlineData(true, true, false, "avx2")]
    [InlineData(true, false, false, "avx")]
    [InlineData(false, false, false, "noavx")]
    public void Without_a_driver_the_CPU_variant_follows_the_features(bool avx, bool avx2, bool avx512, string variant)
    {
        NativeBackend choice = NativeBackend.Choose(Machine(CpuVariants, cpu: new CpuFeatures(avx, avx2, avx512)));

        Assert.Equal(new NativeBackend($"cpu ({variant})", $"/native/{variant}/libllama.so", false, null), choice);
    }

    [Fact]
    public void A_variant_that_the_build_lacks_is_passed_over() =>
        Assert.Equal("cpu (avx)", NativeBackend.Choose(Machine(["avx", "noavx"])).Name);

    [Fact]
    public void Without_any_variant_the_error_names_the_folder_and_the_package()
    {
        EngineException error = Assert.Throws<EngineException>(() => NativeBackend.Choose(Machine([])));

        Assert.Contains("/native", error.Message, StringComparison.Ordinal);
        Assert.Contains("LLamaSharp.Backend.Cpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_driver_the_binaries_and_the_runtime_the_GPU_serves()
    {
        NativeBackend choice = NativeBackend.Choose(Machine(AllVariants, driver: true, loadable: CudaRuntime));

        Assert.Equal(new NativeBackend("cuda12", "/native/cuda12/libllama.so", true, null), choice);
    }

    [Theory]
    [InlineData("libcuda.so.1")]
    [InlineData("libcudart.so.12")]
    [InlineData("libcublas.so.12")]
    public void With_one_runtime_library_missing_the_CPU_serves_and_the_reason_names_that_library(string missing)
    {
        NativeBackend choice = NativeBackend.Choose(
            Machine(AllVariants, driver: true, loadable: [.. CudaRuntime.Except([missing])]));

        Assert.Equal("cpu (avx512)", choice.Name);
        Assert.False(choice.IsGpu);
        Assert.StartsWith($"{missing} cannot be loaded", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void With_several_missing_the_reason_names_them_all()
    {
        NativeBackend choice = NativeBackend.Choose(Machine(AllVariants, driver: true, loadable: ["libcuda.so.1"]));

        Assert.StartsWith("libcudart.so.12 and libcublas.so.12 cannot", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void With_CUDA_binaries_that_cannot_be_loaded_the_CPU_serves_and_the_reason_names_the_file()
    {
        NativeBackend choice = NativeBackend.Choose(
            Machine(AllVariants, driver: true, loadable: CudaRuntime, brokenCuda: true));

        Assert.Equal("cpu (avx512)", choice.Name);
        Assert.Equal("/native/cuda12/libllama.so cannot be loaded", choice.Reason);
    }

    [Fact]
    public void With_a_driver_but_a_CPU_build_the_reason_says_how_to_build_for_CUDA()
    {
        NativeBackend choice = NativeBackend.Choose(Machine(CpuVariants, driver: true, loadable: CudaRuntime));

        Assert.Equal("cpu (avx512)", choice.Name);
        Assert.Contains("--backend cuda12", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_driver_CUDA_binaries_are_not_touched()
    {
        MachineFacts machine = Machine(AllVariants) with
        {
            CanLoad = library => throw new InvalidOperationException($"{library} was loaded"),
        };

        Assert.Equal(new NativeBackend("cpu (avx512)", "/native/avx512/libllama.so", false, null),
            NativeBackend.Choose(machine));
    }

    private static MachineFacts Machine(
        string[] variants,
        CpuFeatures? cpu = null,
        bool driver = false,
        string[]? loadable = null,
        bool brokenCuda = false)
    {
        string[] files = [.. variants.Select(variant => $"/native/{variant}/libllama.so")];
        return new MachineFacts
        {
            NativeFolder = "/native",
            HasNvidiaDriver = driver,
            Cpu = cpu ?? Newest,
            FileExists = files.Contains,
            CanLoad = library => library.StartsWith('/')
                ? !brokenCuda && files.Contains(library)
                : loadable is not null && loadable.Contains(library),
        };
    }
}
