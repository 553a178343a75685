using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>The C++ kernel of native/ at one instruction set.</summary>
internal sealed unsafe class NativeLogitsKernel : ILogitsKernel
{
    private readonly NativeLogitsLibrary _library;
    private readonly int _level;

    /// <summary>Takes a level up to <see cref="NativeLogitsLibrary.BestLevel"/>.</summary>
    public NativeLogitsKernel(NativeLogitsLibrary library, NativeLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)level, (int)library.BestLevel, nameof(level));
        _library = library;
        _level = (int)level;
        Name = $"native {level.ToString().ToLowerInvariant()}";
    }

    public string Name { get; }

    public LogitsSummary Summarize(ReadOnlySpan<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        LogitsSummary summary;
        int result;
        fixed (float* pointer = logits)
            result = _library.Summarize(_level, pointer, logits.Length, &summary);
        if (result != 0)
            summary.Best = -1;
        return summary;
    }

    public int Choose(ReadOnlySpan<float> logits, TokenSelection selection, double uniform, Span<ulong> scratch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(scratch.Length, logits.Length);
        fixed (float* pointer = logits)
        fixed (ulong* words = scratch)
            return _library.Sample(_level, pointer, logits.Length, &selection, uniform, words);
    }
}

/// <summary>The entry points of libcascade_native.so, which stays loaded for the life of the process.</summary>
internal sealed unsafe class NativeLogitsLibrary
{
    /// <summary>The ABI this class speaks: CASCADE_ABI_VERSION in native/include/cascade_native.h.</summary>
    private const uint AbiVersion = 1;

    /// <summary>Why <see cref="Instance"/> is null, or null if it is not.</summary>
    public static readonly string? WhyMissing;

    private NativeLogitsLibrary(nint library)
    {
        BestLevel = (NativeLevel)((delegate* unmanaged<int>)Export(library, "cascade_best_level"))();
        Summarize = (delegate* unmanaged<int, float*, int, LogitsSummary*, int>)Export(library, "cascade_summarize");
        Sample = (delegate* unmanaged<int, float*, int, TokenSelection*, double, ulong*, int>)Export(library, "cascade_sample");
    }

    /// <summary>The library beside the program, or null.</summary>
    public static NativeLogitsLibrary? Instance { get; } = Load(
        Path.Combine(AppContext.BaseDirectory, "libcascade_native.so"), out WhyMissing);

    /// <summary>The highest level of this processor.</summary>
    public NativeLevel BestLevel { get; }

    /// <summary><c>cascade_summarize</c>.</summary>
    public delegate* unmanaged<int, float*, int, LogitsSummary*, int> Summarize { get; }

    /// <summary><c>cascade_sample</c>.</summary>
    public delegate* unmanaged<int, float*, int, TokenSelection*, double, ulong*, int> Sample { get; }

    /// <summary>Loads a library of the right version; never throws for a wrong one.</summary>
    public static NativeLogitsLibrary? Load(string path, out string? reason)
    {
        if (!File.Exists(path))
        {
            reason = $"{path} does not exist";
            return null;
        }

        try
        {
            nint library = NativeLibrary.Load(path);
            uint version = ((delegate* unmanaged<uint>)Export(library, "cascade_abi_version"))();
            reason = version == AbiVersion ? null : $"{path} has ABI version {version}, not {AbiVersion}";
            return reason is null ? new NativeLogitsLibrary(library) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            reason = $"{path} cannot be used: {e.Message}";
            return null;
        }
    }

    private static nint Export(nint library, string name) => NativeLibrary.GetExport(library, name);
}

/// <summary>The instruction sets of the native kernel, in rising order; <c>cascade_level</c> in native/include.</summary>
internal enum NativeLevel
{
    /// <summary>Any processor.</summary>
    Scalar = 0,

    /// <summary>AVX2 and FMA.</summary>
    Avx2 = 1,

    /// <summary>AVX-512F.</summary>
    Avx512 = 2,
}
