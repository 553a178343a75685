using System.Runtime.Intrinsics.X86;

namespace CascadeLocal.Routing.Tensors;

/// <summary>Numbers as 16-bit integers times a scale that a block of them shares.</summary>
internal static class FixedPointFormat
{
    /// <summary>Inputs that share a scale.</summary>
    public const int Block = 64;

    /// <summary>
    /// The largest integer. The sum of a block's products always fits 32 bits: 64 · 5792² &lt; 2³¹.
    /// </summary>
    public const int Largest = 5792;

    /// <summary>Outputs that are computed together.</summary>
    public const int Panel = 96;

    /// <summary>Rows that are computed together.</summary>
    public const int Tile = 4;

    /// <summary>Whether this CPU has the instructions.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <summary>The blocks of <paramref name="inputs"/> numbers; the last one is filled up with zeros.</summary>
    public static int Blocks(int inputs) => (inputs + Block - 1) / Block;

    /// <summary>The panels of <paramref name="outputs"/> numbers; the last one is filled up with zeros.</summary>
    public static int Panels(int outputs) => (outputs + Panel - 1) / Panel;
}
