using Xunit;

namespace CascadeLocal.Engine.Tests.Build;

/// <summary>Which packages build.sh builds with.</summary>
public sealed class BackendChoiceTests
{
    private const string CudaPackages = "LLamaSharp.Backend.Cuda12 TorchSharp-cuda-linux";

    [Fact]
    public void Auto_without_a_driver_is_the_CPU_build()
    {
        using ScriptRepository repository = new();

        string output = repository.Run("build", "--dry-run").Output;

        Assert.Contains("driver:   none", output, StringComparison.Ordinal);
        Assert.Contains("backend:  cpu (no NVIDIA driver)", output, StringComparison.Ordinal);
        Assert.Matches(@"package:  LLamaSharp\.Backend\.Cpu \d+\.\d+\.\d+\n", output);
        Assert.Matches(@"package:  libtorch-cpu-linux-x64 \d+\.\d+\.\d+\n", output);
        Assert.DoesNotContain("Cuda12", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_with_a_driver_is_the_CUDA_build_with_the_CPU_binaries_beside()
    {
        using ScriptRepository repository = new() { HasDriver = true };

        string output = repository.Run("--dry-run", "build").Output;

        Assert.Contains("driver:   /proc/driver/nvidia/version", output, StringComparison.Ordinal);
        Assert.Contains("backend:  cuda12", output, StringComparison.Ordinal);
        Assert.Matches(@"package:  LLamaSharp\.Backend\.Cpu \d+\.\d+\.\d+\n", output);
        Assert.Matches(@"package:  LLamaSharp\.Backend\.Cuda12 \d+\.\d+\.\d+\n", output);
        Assert.Matches(@"package:  TorchSharp-cuda-linux \d+\.\d+\.\d+\n", output);
        Assert.DoesNotContain("libtorch-cpu", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--backend", "cpu", "build")]
    [InlineData("build", "--backend=cpu")]
    public void Cpu_asked_for_is_the_CPU_build_even_with_a_driver(params string[] arguments)
    {
        using ScriptRepository repository = new() { HasDriver = true };

        string output = repository.Run([.. arguments, "--dry-run"]).Output;

        Assert.Contains("backend:  cpu (asked for)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_leaves_nothing_behind()
    {
        using ScriptRepository repository = new() { HasDriver = true };

        repository.Run("build", "--dry-run");

        Assert.False(Directory.Exists(repository.PathOf("artifacts")));
        Assert.False(Directory.Exists(repository.PathOf("bin")));
        Assert.DoesNotContain(repository.DotnetCommands, command => command.StartsWith("restore", StringComparison.Ordinal));
    }

    [Fact]
    public void Auto_with_packages_that_no_source_has_names_them_and_builds_for_the_CPU()
    {
        using ScriptRepository repository = new() { HasDriver = true, Unavailable = CudaPackages };

        ScriptResult result = repository.Run("build");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"cannot be restored: {CudaPackages}.", result.Error, StringComparison.Ordinal);
        Assert.Contains(repository.DotnetCommands, command => IsBuildFor("cpu", command));
        Assert.DoesNotContain(repository.DotnetCommands, command => IsBuildFor("cuda12", command));

        Assert.Contains($"cannot be restored: {CudaPackages}", repository.Run("build", "--dry-run").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_that_no_source_has_are_not_asked_for_again_but_an_unreachable_source_is()
    {
        using ScriptRepository missing = new() { HasDriver = true, Unavailable = CudaPackages };
        using ScriptRepository unreachable = new() { HasDriver = true, Unreachable = true };

        Assert.Equal(1, CudaRestoresOfTwoBuilds(missing));
        Assert.Equal(2, CudaRestoresOfTwoBuilds(unreachable));
    }

    [Fact]
    public void Cuda12_asked_for_and_not_to_be_had_is_an_error_that_names_the_packages()
    {
        using ScriptRepository repository = new() { Unavailable = CudaPackages };

        ScriptResult result = repository.Run("--backend", "cuda12", "build");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(CudaPackages, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.PathOf("bin/cascade")));
    }

    [Fact]
    public void Nothing_of_the_other_backend_stays_in_the_outputs()
    {
        const string Library = "src/CascadeLocal.Cli/bin/Release/net10.0/linux-x64/runtimes/cuda12/libllama.so";
        using ScriptRepository repository = new() { HasDriver = true };
        repository.Run("build");
        repository.Write(Library, "");

        Assert.Equal(0, repository.Run("build", "--backend", "cpu").ExitCode);

        Assert.False(File.Exists(repository.PathOf(Library)));
        Assert.True(File.Exists(repository.PathOf("bin/cascade")));
    }

    [Fact]
    public void Another_word_is_wrong_usage()
    {
        using ScriptRepository repository = new();

        ScriptResult result = repository.Run("--backend", "rocm", "build");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("rocm", result.Error, StringComparison.Ordinal);
    }

    private static int CudaRestoresOfTwoBuilds(ScriptRepository repository)
    {
        repository.Run("build");
        repository.Write("src/New.cs", "");
        repository.Run("build");
        return repository.DotnetCommands.Count(command =>
            command.StartsWith("restore", StringComparison.Ordinal) && command.Contains("=cuda12", StringComparison.Ordinal));
    }

    private static bool IsBuildFor(string backend, string command) =>
        command.StartsWith("build", StringComparison.Ordinal)
        && command.Contains($"-p:CascadeBackend={backend}", StringComparison.Ordinal);
}
