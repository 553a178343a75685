namespace CascadeLocal.Routing.Tensors;

/// <summary>
/// The weights of a product, in the order in which the kernel reads them: panel, block of inputs, pair of inputs, output,
/// the two of the pair. Each output has its own scale in each block.
/// </summary>
internal sealed unsafe class FixedPointMatrix : IDisposable
{
    private readonly AlignedBuffer<short> _values;
    private readonly AlignedBuffer<float> _scales;

    /// <param name="weights">outputs × inputs, row-major.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    public FixedPointMatrix(ReadOnlySpan<float> weights, int outputs, int inputs)
    {
        Outputs = outputs;
        Inputs = inputs;
        int groups = FixedPointFormat.Panels(outputs) * FixedPointFormat.Blocks(inputs);
        _values = new((long)groups * FixedPointFormat.Panel * FixedPointFormat.Block);
        _scales = new((long)groups * FixedPointFormat.Panel);
        for (int output = 0; output < outputs; output++)
        {
            ReadOnlySpan<float> row = weights.Slice(output * inputs, inputs);
            for (int block = 0; block < FixedPointFormat.Blocks(inputs); block++)
            {
                int first = block * FixedPointFormat.Block;
                Pack(row[first..Math.Min(inputs, first + FixedPointFormat.Block)], output, block);
            }
        }
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>The integers of a panel's block.</summary>
    public short* Values(int panel, int block) =>
        _values.Pointer + ((long)Group(panel, block) * FixedPointFormat.Panel * FixedPointFormat.Block);

    /// <summary>The scales of a panel's outputs in a block.</summary>
    public float* Scales(int panel, int block) => _scales.Pointer + ((long)Group(panel, block) * FixedPointFormat.Panel);

    public void Dispose()
    {
        _values.Dispose();
        _scales.Dispose();
    }

    private int Group(int panel, int block) => (panel * FixedPointFormat.Blocks(Inputs)) + block;

    private void Pack(ReadOnlySpan<float> values, int output, int block)
    {
        (int panel, int column) = Math.DivRem(output, FixedPointFormat.Panel);
        float largest = 0;
        foreach (float value in values)
            largest = Math.Max(largest, Math.Abs(value));
        Scales(panel, block)[column] = largest / FixedPointFormat.Largest;
        float factor = largest == 0 ? 0 : FixedPointFormat.Largest / largest;
        short* target = Values(panel, block) + (2 * column);
        for (int i = 0; i < values.Length; i++)
            target[(i / 2 * 2 * FixedPointFormat.Panel) + (i % 2)] = (short)MathF.Round(values[i] * factor);
    }
}
