using System.Globalization;
using System.Text.RegularExpressions;

using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What llama.cpp's log says that it allocated on the CPU, in MiB; it rounds each buffer to a hundredth.</summary>
/// <param name="Weights">Of the model.</param>
/// <param name="KvCache">Keys and values.</param>
/// <param name="States">Of recurrent layers.</param>
/// <param name="Compute">Of a step, the logits among them.</param>
internal sealed partial record AllocatedBuffers(double Weights, double KvCache, double States, double Compute)
{
    /// <summary>Loads a model and frees it again.</summary>
    /// <returns>The buffers, and the KV cache as it was planned.</returns>
    public static (AllocatedBuffers Allocated, KvBudget Planned) Of(ModelOptions options)
    {
        using NativeLog.Recording log = NativeLog.Record();
        LoadedModel loaded = ModelLoader.Load(options, NullLogger.Instance);
        loaded.Context.Dispose();
        loaded.Weights.Dispose();
        AllocatedBuffers allocated = new(Sum(log, "model"), Sum(log, "KV"), Sum(log, "RS"), Sum(log, "compute") + Sum(log, "output"));
        Assert.True(
            allocated is { Weights: > 0, Compute: > 0 } && allocated.KvCache + allocated.States > 0, string.Join('\n', log.Lines));
        return (allocated, loaded.Kv);
    }

    private static double Sum(NativeLog.Recording log, string kind) => log.Lines
        .Select(line => BufferSize().Match(line))
        .Where(match => match.Success && match.Groups["kind"].Value == kind)
        .Sum(match => double.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(CPU\w*|\w+_Host) +(?<kind>model|KV|RS|compute|output) buffer size = +(?<size>[0-9.]+) MiB")]
    private static partial Regex BufferSize();
}
