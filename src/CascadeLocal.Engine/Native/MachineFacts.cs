using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Native;

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
