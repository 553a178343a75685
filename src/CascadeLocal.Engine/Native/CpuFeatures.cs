using System.Runtime.Intrinsics.X86;

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
