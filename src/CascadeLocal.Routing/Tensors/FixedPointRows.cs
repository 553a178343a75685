using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CascadeLocal.Routing.Tensors;

/// <summary>
/// The inputs of a product and room for its sums. One for all products of an encoder; it grows with them and up to
/// <see cref="MostRows"/> rows.
/// </summary>
internal sealed unsafe class FixedPointRows : IDisposable
{
    /// <summary>Rows that are computed at once, so that sums and inputs stay in the cache.</summary>
    public const int MostRows = 128;

    private AlignedBuffer<short> _values = new(0);
    private AlignedBuffer<float> _scales = new(0);

    /// <summary>Sums of a panel.</summary>
    public AlignedBuffer<float> Sums { get; } = new(MostRows * FixedPointFormat.Panel);

    /// <summary>The row's integers, block after block.</summary>
    public short* Values => _values.Pointer;

    /// <summary>The row's scales, one a block.</summary>
    public float* Scales => _scales.Pointer;

    /// <summary>Takes up to <see cref="MostRows"/> rows; what is missing of a last tile is zero.</summary>
    public void Set(ReadOnlySpan<float> rows, int inputs)
    {
        int blocks = FixedPointFormat.Blocks(inputs);
        Reserve(blocks);
        int count = rows.Length / inputs;
        Span<float> padded = stackalloc float[FixedPointFormat.Block];
        for (int row = 0; row < count; row++)
        {
            for (int block = 0; block < blocks; block++)
            {
                int first = block * FixedPointFormat.Block;
                scoped ReadOnlySpan<float> values = rows.Slice(row * inputs, inputs)[first..];
                if (values.Length < FixedPointFormat.Block)
                {
                    padded.Clear();
                    values.CopyTo(padded);
                    values = padded;
                }

                int at = (row * blocks) + block;
                Quantize(ref MemoryMarshal.GetReference(values), Values + ((long)at * FixedPointFormat.Block), Scales + at);
            }
        }

        for (int row = count; row % FixedPointFormat.Tile != 0; row++)
        {
            NativeMemory.Clear(Scales + (row * blocks), (nuint)(blocks * sizeof(float)));
            int length = blocks * FixedPointFormat.Block;
            NativeMemory.Clear(Values + ((long)row * length), (nuint)(length * sizeof(short)));
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _scales.Dispose();
        Sums.Dispose();
    }

    private void Reserve(int blocks)
    {
        if (_scales.Length >= MostRows * blocks)
            return;
        _values.Dispose();
        _scales.Dispose();
        _values = new((long)MostRows * blocks * FixedPointFormat.Block);
        _scales = new(MostRows * blocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantize(ref float values, short* target, float* scale)
    {
        Vector512<float> v0 = Vector512.LoadUnsafe(ref values), v1 = Vector512.LoadUnsafe(ref values, 16);
        Vector512<float> v2 = Vector512.LoadUnsafe(ref values, 32), v3 = Vector512.LoadUnsafe(ref values, 48);
        Vector512<float> most = Vector512.Max(
            Vector512.Max(Vector512.Abs(v0), Vector512.Abs(v1)), Vector512.Max(Vector512.Abs(v2), Vector512.Abs(v3)));
        Vector256<float> half = Vector256.Max(most.GetLower(), most.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        float largest = Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3]));
        *scale = largest / FixedPointFormat.Largest;
        Vector512<float> factor = Vector512.Create(largest == 0 ? 0 : FixedPointFormat.Largest / largest);
        Store(v0 * factor, target);
        Store(v1 * factor, target + 16);
        Store(v2 * factor, target + 32);
        Store(v3 * factor, target + 48);
    }

    private static void Store(Vector512<float> values, short* target) =>
        Avx512F.ConvertToVector256Int16(Avx512F.ConvertToVector512Int32(values)).Store(target);
}
