using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Native;

/// <summary>All that the choice of a native library depends on.</summary>
internal sealed record MachineFacts
{
    /// <summary>The folder with one subfolder of native libraries for each variant.</summary>
    public required string NativeFolder { get; init; }

    /// <summary>The kernel runs NVIDIA's driver.</summary>
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
        HasNvidiaDriver = File.Exists("/proc/driver/nvidia/version") || File.Exists("/dev/nvidiactl"),
        Cpu = CpuFeatures.Detect(),
        FileExists = File.Exists,
        // Never freed: what can be loaded is loaded for good a moment later.
        CanLoad = static library => NativeLibrary.TryLoad(library, out _),
    };
}
