using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CascadeLocal.Routing.Tensors;

/// <summary>x·Wᵀ + b. A row's result depends on no other row, and is the same on every machine that has the instructions.</summary>
internal static unsafe class FixedPointProduct
{
    private const int Columns = FixedPointFormat.Panel;

    /// <param name="rows">rows × inputs.</param>
    /// <param name="weights">What they are multiplied by.</param>
    /// <param name="bias">Added to every row's result.</param>
    /// <param name="workspace">Room for the work.</param>
    /// <param name="result">rows × outputs.</param>
    public static void Multiply(
        ReadOnlySpan<float> rows, FixedPointMatrix weights, ReadOnlySpan<float> bias, FixedPointRows workspace, Span<float> result)
    {
        int count = rows.Length / weights.Inputs;
        for (int first = 0; first < count; first += FixedPointRows.MostRows)
        {
            int taken = Math.Min(FixedPointRows.MostRows, count - first);
            workspace.Set(rows.Slice(first * weights.Inputs, taken * weights.Inputs), weights.Inputs);
            Span<float> target = result.Slice(first * weights.Outputs, taken * weights.Outputs);
            for (int panel = 0; panel < FixedPointFormat.Panels(weights.Outputs); panel++)
            {
                Add(workspace, weights, panel, taken);
                Write(workspace, bias[(panel * Columns)..], panel * Columns, target, weights.Outputs);
            }
        }

        GC.KeepAlive(weights);
        GC.KeepAlive(workspace);
    }

    /// <summary>A panel's sums over all blocks.</summary>
    private static void Add(FixedPointRows rows, FixedPointMatrix weights, int panel, int count)
    {
        int blocks = FixedPointFormat.Blocks(weights.Inputs);
        new Span<float>(rows.Sums.Pointer, (count + FixedPointFormat.Tile - 1) / FixedPointFormat.Tile * FixedPointFormat.Tile * Columns).Clear();
        // A block of the panel stays in the first cache while all rows pass by.
        for (int block = 0; block < blocks; block++)
        {
            short* values = weights.Values(panel, block);
            float* scales = weights.Scales(panel, block);
            for (int row = 0; row < count; row += FixedPointFormat.Tile)
            {
                AddTile(
                    values,
                    scales,
                    rows.Values + ((((long)row * blocks) + block) * FixedPointFormat.Block),
                    (long)blocks * FixedPointFormat.Block,
                    rows.Scales + ((row * blocks) + block),
                    blocks,
                    rows.Sums.Pointer + (row * Columns));
            }
        }
    }

    private static void Write(FixedPointRows rows, ReadOnlySpan<float> bias, int column, Span<float> result, int outputs)
    {
        int width = Math.Min(Columns, outputs - column);
        for (int row = 0; row * outputs < result.Length; row++)
        {
            ReadOnlySpan<float> sums = new(rows.Sums.Pointer + (row * Columns), width);
            System.Numerics.Tensors.TensorPrimitives.Add(sums, bias[..width], result.Slice((row * outputs) + column, width));
        }
    }

    /// <summary>
    /// Adds a block's products to the sums of 4 rows × 96 outputs. The 24 sums of integers live in registers; written out,
    /// since an array of vectors would live in memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(short* w, float* scales, short* x, long stride, float* rowScales, int scaleStride, float* sums)
    {
        short* y = x + stride, z = y + stride, u = z + stride;
        Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
        Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
        Vector512<int> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector512<int> d0 = default, d1 = default, d2 = default, d3 = default, d4 = default, d5 = default;
        for (int i = 0; i < FixedPointFormat.Block; i += 2, w += 2 * Columns)
        {
            Vector512<short> p = Pair(x + i), q = Pair(y + i), r = Pair(z + i), s = Pair(u + i);
            Vector512<short> v = Vector512.Load(w);
            a0 += Product(v, p);
            b0 += Product(v, q);
            c0 += Product(v, r);
            d0 += Product(v, s);
            v = Vector512.Load(w + 32);
            a1 += Product(v, p);
            b1 += Product(v, q);
            c1 += Product(v, r);
            d1 += Product(v, s);
            v = Vector512.Load(w + 64);
            a2 += Product(v, p);
            b2 += Product(v, q);
            c2 += Product(v, r);
            d2 += Product(v, s);
            v = Vector512.Load(w + 96);
            a3 += Product(v, p);
            b3 += Product(v, q);
            c3 += Product(v, r);
            d3 += Product(v, s);
            v = Vector512.Load(w + 128);
            a4 += Product(v, p);
            b4 += Product(v, q);
            c4 += Product(v, r);
            d4 += Product(v, s);
            v = Vector512.Load(w + 160);
            a5 += Product(v, p);
            b5 += Product(v, q);
            c5 += Product(v, r);
            d5 += Product(v, s);
        }

        Scale(sums, scales, rowScales[0], a0, a1, a2, a3, a4, a5);
        Scale(sums + Columns, scales, rowScales[scaleStride], b0, b1, b2, b3, b4, b5);
        Scale(sums + (2 * Columns), scales, rowScales[2 * scaleStride], c0, c1, c2, c3, c4, c5);
        Scale(sums + (3 * Columns), scales, rowScales[3 * scaleStride], d0, d1, d2, d3, d4, d5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair(short* inputs) => Vector512.Create(*(int*)inputs).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Product(Vector512<short> weights, Vector512<short> inputs) =>
        Avx512BW.MultiplyAddAdjacent(weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(
        float* sums,
        float* scales,
        float rowScale,
        Vector512<int> v0,
        Vector512<int> v1,
        Vector512<int> v2,
        Vector512<int> v3,
        Vector512<int> v4,
        Vector512<int> v5)
    {
        Vector512<float> factor = Vector512.Create(rowScale);
        Scale(sums, scales, factor, v0);
        Scale(sums + 16, scales + 16, factor, v1);
        Scale(sums + 32, scales + 32, factor, v2);
        Scale(sums + 48, scales + 48, factor, v3);
        Scale(sums + 64, scales + 64, factor, v4);
        Scale(sums + 80, scales + 80, factor, v5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* sums, float* scales, Vector512<float> factor, Vector512<int> values) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(values), Vector512.Load(scales) * factor, Vector512.Load(sums)).Store(sums);
}
