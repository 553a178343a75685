using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Model;

/// <summary>
/// Rotary position embedding of interleaved pairs (2i, 2i+1), as llama.cpp's llama architecture has it, written as a
/// complex multiplication.
/// </summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly Tensor _plain;
    private readonly Tensor _scaled;

    /// <summary>Computes the rotations of all positions.</summary>
    public RotaryTable()
    {
        const int Pairs = ModelShape.HeadWidth / 2;
        float ratio = MathF.Pow(ModelShape.RopeBase, -1f / Pairs);
        float[] rotations = new float[ModelShape.ContextLength * Pairs * 2];
        for (int position = 0; position < ModelShape.ContextLength; position++)
        {
            // The angles by repeated 32-bit products, as llama.cpp does: at far positions the rounding shows in logits.
            float angle = position;
            for (int pair = 0; pair < Pairs; pair++, angle *= ratio)
            {
                int at = ((position * Pairs) + pair) * 2;
                rotations[at] = MathF.Cos(angle);
                rotations[at + 1] = MathF.Sin(angle);
            }
        }

        using Tensor real = tensor(rotations).view(ModelShape.ContextLength, 1, Pairs, 2);
        _plain = real.view_as_complex().clone();
        _scaled = _plain / Math.Sqrt(ModelShape.HeadWidth);
    }

    /// <summary>Rotates heads by their positions.</summary>
    /// <param name="heads">[rows, length, heads, head width].</param>
    /// <param name="scaled">Also divide by sqrt(head width), which a query needs anyway.</param>
    public Tensor Apply(Tensor heads, bool scaled)
    {
        long[] shape = heads.shape;
        Tensor table = (scaled ? _scaled : _plain).narrow(0, 0, shape[1]);
        Tensor pairs = heads.to_type(ScalarType.Float32).view(shape[0], shape[1], shape[2], shape[3] / 2, 2);
        return (pairs.view_as_complex() * table).view_as_real().view(shape).to_type(heads.dtype);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plain.Dispose();
        _scaled.Dispose();
    }
}
