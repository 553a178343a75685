using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Native;

/// <summary>The instruction sets in which llama.cpp's CPU binaries differ, each with all its binary makes use of.</summary>
/// <param name="Avx">AVX, FMA and F16C.</param>
/// <param name="Avx2">AVX2, BMI2, FMA and F16C.</param>
/// <param name="Avx512">AVX-512 F, CD, BW, DQ and VL.</param>
internal sealed record CpuFeatures(bool Avx, bool Avx2, bool Avx512)
{
    /// <summary>What this process may use: the CPU has it and the system saves its registers.</summary>
    public static CpuFeatures Detect()
    {
        bool avx = System.Runtime.Intrinsics.X86.Avx.IsSupported && Fma.IsSupported && HasF16C();
        bool avx2 = avx && System.Runtime.Intrinsics.X86.Avx2.IsSupported && Bmi2.IsSupported;
        bool avx512 = avx2 && Avx512F.VL.IsSupported && Avx512CD.IsSupported && Avx512BW.IsSupported
            && Avx512DQ.IsSupported;
        return new CpuFeatures(avx, avx2, avx512);
    }

    // .NET has no class for F16C; CPUID leaf 1 has it in bit 29 of ECX.
    private static bool HasF16C() => X86Base.IsSupported && (X86Base.CpuId(1, 0).Ecx & (1 << 29)) != 0;
}

/// <summary>All that the choice of a native library depends on.</summary>
internal sealed record MachineFacts
{
    // The last one under WSL; build.sh looks for the same.
    private static readonly string[] DriverFiles =
        ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1"];

    /// <summary>The folder with one subfolder of native libraries for each variant.</summary>
    public required string NativeFolder { get; init; }

    /// <summary>NVIDIA's driver is on this machine.</summary>
    public required bool HasNvidiaDriver { get; init; }

    /// <summary>What the CPU can do.</summary>
    public required CpuFeatures Cpu { get; init; }

    /// <summary>Whether a file is there.</summary>
    public required Func<string, bool> FileExists { get; init; }

    /// <summary>Whether the dynamic linker can load a library, by its name or path, with all it depends on.</summary>
    public required Func<string, bool> CanLoad { get; init; }

    /// <summary>The facts of this process.</summary>
    public static MachineFacts Detect() => new()
    {
        NativeFolder = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        HasNvidiaDriver = DriverFiles.Any(File.Exists),
        Cpu = CpuFeatures.Detect(),
        FileExists = File.Exists,
        // Never freed: what can be loaded is loaded for good a moment later.
        CanLoad = static library => NativeLibrary.TryLoad(library, out _),
    };
}

/// <summary>The build of llama.cpp that this process computes with.</summary>
/// <param name="Name"><c>cuda12</c>, the CPU variant, such as <c>cpu (avx512)</c>, or <c>own build</c>.</param>
/// <param name="LibraryPath">The absolute path of its libllama.so.</param>
/// <param name="IsGpu">Layers can be given to a GPU.</param>
/// <param name="Reason">Why the CPU computes although an NVIDIA driver is here, else null.</param>
internal sealed record NativeBackend(string Name, string LibraryPath, bool IsGpu, string? Reason)
{
    // The driver brings libcuda; the other two come with the CUDA runtime, which a driver alone does not bring.
    private static readonly string[] CudaLibraries = ["libcuda.so.1", "libcudart.so.12", "libcublas.so.12"];

    private static readonly Lock Gate = new();
    private static NativeBackend? _current;
    private static string? _preferred;
    private static nint _handle;

    /// <summary>
    /// The loaded libllama.so, for <see cref="NativeLibrary.GetExport"/>: the same mapping LLamaSharp calls into.
    /// </summary>
    /// <exception cref="InvalidOperationException">Before <see cref="Initialize"/>.</exception>
    public static nint Handle => _current is not null
        ? _handle
        : throw new InvalidOperationException("NativeBackend.Initialize has not been called.");

    /// <summary>What is loaded; null before <see cref="Initialize"/>.</summary>
    public static NativeBackend? Current => Volatile.Read(ref _current);

    /// <summary>Names a library that <see cref="Initialize"/> loads in place of those that ship.</summary>
    /// <exception cref="InvalidOperationException">One is loaded already.</exception>
    public static void Prefer(string path)
    {
        lock (Gate)
        {
            if (_current is not null)
                throw new InvalidOperationException($"{_current.LibraryPath} is loaded already.");
            _preferred = path;
        }
    }

    /// <summary>
    /// Chooses and loads llama.cpp, once per process; later calls return the same. It has to come before any other use
    /// of LLamaSharp, whose choice is frozen by its first native call.
    /// </summary>
    /// <param name="logger">Where llama.cpp's log and the choice go, from now to the end of the process.</param>
    /// <exception cref="EngineException">No libllama.so is there, or it cannot be loaded.</exception>
    public static NativeBackend Initialize(ILogger logger)
    {
        lock (Gate)
        {
            return _current ??= Load(
                _preferred is { } own ? new NativeBackend("own build", own, IsGpu: false, Reason: null) : Choose(MachineFacts.Detect()), logger, _preferred is not null);
        }
    }

    /// <summary>Which library serves on such a machine.</summary>
    /// <exception cref="EngineException">No libllama.so is there that this CPU can run.</exception>
    internal static NativeBackend Choose(MachineFacts facts)
    {
        string? reason = null;
        if (facts.HasNvidiaDriver)
        {
            string cuda = LibraryOf(facts, "cuda12");
            reason = WhyNotCuda(facts, cuda);
            if (reason is null)
                return new NativeBackend("cuda12", cuda, IsGpu: true, Reason: null);
        }

        (string Variant, bool IsSupported)[] variants =
        [
            ("avx512", facts.Cpu.Avx512), ("avx2", facts.Cpu.Avx2), ("avx", facts.Cpu.Avx), ("noavx", true),
        ];
        foreach ((string variant, bool isSupported) in variants)
        {
            string library = LibraryOf(facts, variant);
            if (isSupported && facts.FileExists(library))
                return new NativeBackend($"cpu ({variant})", library, IsGpu: false, reason);
        }

        throw new EngineException(
            $"No libllama.so for this CPU is in {facts.NativeFolder}: the build lacks the package LLamaSharp.Backend.Cpu.");
    }

    private static string? WhyNotCuda(MachineFacts facts, string library)
    {
        if (!facts.FileExists(library))
            return "this build carries no CUDA binaries; ./build.sh build --backend cuda12 adds them";
        string[] missing = [.. CudaLibraries.Where(name => !facts.CanLoad(name))];
        if (missing.Length > 0)
            return $"{string.Join(" and ", missing)} cannot be loaded; the CUDA 12 runtime has to be installed";
        return facts.CanLoad(library) ? null : $"{library} cannot be loaded";
    }

    private static string LibraryOf(MachineFacts facts, string variant) =>
        Path.Combine(facts.NativeFolder, variant, "libllama.so");

    private static NativeBackend Load(NativeBackend choice, ILogger logger, bool isOwn)
    {
        // Loaded here first: the linker's own message names the missing dependency, LLamaSharp's does not.
        try
        {
            _handle = NativeLibrary.Load(choice.LibraryPath);
        }
        catch (DllNotFoundException e)
        {
            throw new EngineException(
                $"{choice.LibraryPath} cannot be loaded (on Debian its OpenMP library is the package libgomp1): {e.Message}", e);
        }

        string multimodal = Path.Combine(Path.GetDirectoryName(choice.LibraryPath)!, "libmtmd.so");
        NativeLibraryConfig.All
            .WithLibrary(choice.LibraryPath, File.Exists(multimodal) ? multimodal : null)
            .WithLogCallback(new NativeLog(logger).Write);

        // LLamaSharp finds its library in the static constructor of NativeApi, which its structs do not run.
        NativeApi.llama_empty_call();

        if (choice.IsGpu && !NativeApi.llama_supports_gpu_offload())
        {
            choice = choice with
            {
                Name = "cpu (cuda12 binaries)",
                IsGpu = false,
                Reason = "the CUDA binaries see no usable GPU",
            };
        }

        // What it computes with it knows itself.
        if (isOwn)
            choice = choice with { IsGpu = NativeApi.llama_supports_gpu_offload() };

        if (choice.Reason is not null)
            logger.LogWarning("An NVIDIA driver is here, but the CPU computes: {Reason}.", choice.Reason);
        logger.LogInformation("llama.cpp: {Backend}, {Library}", choice.Name, choice.LibraryPath);
        return choice;
    }
}
