using System.Runtime.InteropServices;

namespace CascadeLocal.Routing.Embedding;

/// <summary>The entry points of libcascade_encoder.so, which stays loaded for the life of the process; native/include/cascade_encoder.h.</summary>
internal sealed unsafe class FixedPointLibrary
{
    /// <summary>The ABI this class speaks: CASCADE_ENCODER_ABI_VERSION.</summary>
    private const uint AbiVersion = 1;

    /// <summary>Why <see cref="Instance"/> is null, or null if it is not.</summary>
    public static readonly string? WhyMissing;

    private FixedPointLibrary(nint library)
    {
        BestLevel = (FixedPointLevel)((delegate* unmanaged<int>)Export(library, "best_level"))();
        Create = (delegate* unmanaged<int, FixedPointShape*, nint*, int>)Export(library, "create");
        Load = (delegate* unmanaged<nint, int, int, float*, long, int>)Export(library, "load");
        Pool = (delegate* unmanaged<nint, int*, long, int*, int, float*, long, int>)Export(library, "pool");
        Free = (delegate* unmanaged<nint, void>)Export(library, "free");
        Multiply = (delegate* unmanaged<int, float*, int, float*, float*, int, int, float*, int>)Export(library, "multiply");
    }

    /// <summary>The library beside the program, or null.</summary>
    public static FixedPointLibrary? Instance { get; } = Open(
        Path.Combine(AppContext.BaseDirectory, "libcascade_encoder.so"), out WhyMissing);

    /// <summary>Why this process has no fast fixed-point encoder, or null if it has one.</summary>
    public static string? WhyUnavailable =>
        WhyMissing ?? (Instance!.BestLevel == FixedPointLevel.Scalar ? "this CPU has no AVX2 with FMA" : null);

    /// <summary>The highest level of this processor.</summary>
    public FixedPointLevel BestLevel { get; }

    /// <summary><c>cascade_encoder_create</c>.</summary>
    public delegate* unmanaged<int, FixedPointShape*, nint*, int> Create { get; }

    /// <summary><c>cascade_encoder_load</c>.</summary>
    public delegate* unmanaged<nint, int, int, float*, long, int> Load { get; }

    /// <summary><c>cascade_encoder_pool</c>.</summary>
    public delegate* unmanaged<nint, int*, long, int*, int, float*, long, int> Pool { get; }

    /// <summary><c>cascade_encoder_free</c>.</summary>
    public delegate* unmanaged<nint, void> Free { get; }

    /// <summary><c>cascade_encoder_multiply</c>.</summary>
    public delegate* unmanaged<int, float*, int, float*, float*, int, int, float*, int> Multiply { get; }

    /// <summary>Opens a library of the right version; never throws for a wrong one.</summary>
    public static FixedPointLibrary? Open(string path, out string? reason)
    {
        if (!File.Exists(path))
        {
            reason = $"{path} does not exist";
            return null;
        }

        try
        {
            nint library = NativeLibrary.Load(path);
            uint version = ((delegate* unmanaged<uint>)Export(library, "abi_version"))();
            reason = version == AbiVersion ? null : $"{path} has ABI version {version}, not {AbiVersion}";
            return reason is null ? new FixedPointLibrary(library) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            reason = $"{path} cannot be used: {e.Message}";
            return null;
        }
    }

    private static nint Export(nint library, string name) => NativeLibrary.GetExport(library, $"cascade_encoder_{name}");
}

/// <summary>Instruction sets, in rising order. All give the same vectors, bit for bit.</summary>
internal enum FixedPointLevel
{
    /// <summary>None: what the others are compared with.</summary>
    Scalar,

    /// <summary>AVX2 and FMA.</summary>
    Avx2,

    /// <summary>AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>AVX-512 VNNI.</summary>
    Vnni,
}

/// <summary><c>cascade_encoder_shape</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FixedPointShape
{
    public int Vocabulary;
    public int Positions;
    public int Hidden;
    public int Layers;
    public int Heads;
    public int Intermediate;
    public int FirstToken;
    public float Epsilon;
}

/// <summary><c>cascade_encoder_part</c>; a weight's bias comes next.</summary>
internal enum FixedPointPart
{
    Words = 0,
    Positions = 1,
    Norm = 2,
    Projection = 4,
    Mixing = 6,
    AttentionNorm = 8,
    Widening = 10,
    Narrowing = 12,
    OutputNorm = 14,
}
