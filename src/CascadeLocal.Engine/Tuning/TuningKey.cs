using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Tuning;

/// <summary>What a tuning holds for: under anything else it was not measured.</summary>
/// <param name="Model">The fingerprint of the member's files.</param>
/// <param name="Machine">The processor, the cores of this process and the native library, in words.</param>
/// <param name="Served">What of the configuration decides times and is not tuned, in words.</param>
public sealed record TuningKey(string Model, string Machine, string Served)
{
    // What tells processors apart: of x86, and of others. The first processor stands for all.
    private static readonly string[] ProcessorFacts = ["model name", "flags", "CPU implementer", "CPU variant", "CPU part", "Features"];

    /// <summary>The key of a model here. Loads llama.cpp, which is part of it.</summary>
    /// <param name="model">Its fingerprint.</param>
    /// <param name="options">How it is served.</param>
    /// <param name="share">The cores that it has where no threads are named.</param>
    /// <param name="logger">Where llama.cpp's log goes from now on.</param>
    /// <exception cref="EngineException">llama.cpp cannot be loaded.</exception>
    public static TuningKey Of(string model, ModelOptions options, int share, ILogger logger)
    {
        NativeBackend backend = NativeBackend.Initialize(logger);
        string machine = DescribeMachine(
            File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : [], Environment.ProcessorCount, backend.Name, new FileInfo(backend.LibraryPath).Length);
        string gpu = backend.IsGpu ? string.Create(CultureInfo.InvariantCulture, $", gpu_layers {options.GpuLayers ?? -1}") : "";
        return new(model, machine, string.Create(
            CultureInfo.InvariantCulture, $"{share} of the cores, kv_type {options.KvType.Name()}, kv_layout {options.KvLayout.ToString().ToLowerInvariant()}{gpu}"));
    }

    /// <param name="cpuInfo">The lines of /proc/cpuinfo.</param>
    /// <param name="cores">Those of this process.</param>
    /// <param name="backend">The native library's name.</param>
    /// <param name="libraryBytes">And its length.</param>
    internal static string DescribeMachine(IEnumerable<string> cpuInfo, int cores, string backend, long libraryBytes)
    {
        Dictionary<string, string> facts = new(StringComparer.Ordinal);
        foreach (string line in cpuInfo)
        {
            string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && ProcessorFacts.Contains(parts[0]))
                facts.TryAdd(parts[0], parts[1]);
        }

        string all = string.Join('\n', ProcessorFacts.Select(fact => facts.GetValueOrDefault(fact)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{facts.GetValueOrDefault("model name") ?? "a processor"} ({Hash(all)[..12]}), {cores} cores, {backend} of {libraryBytes} bytes");
    }

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
