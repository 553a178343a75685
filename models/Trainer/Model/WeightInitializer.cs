using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Model;

/// <summary>Draws the weights that training starts from.</summary>
internal static class WeightInitializer
{
    private const double EmbeddingDeviation = 0.02;
    private const double HiddenGain = 0.7;

    /// <summary>
    /// Normal weights: 0.02 for the embedding, 0.7 / sqrt(inputs) for matrices, the two that write into the residual
    /// stream divided by sqrt(2 layers) besides; gains are 1.
    /// </summary>
    public static float[] Draw(ModelShape shape, ParameterLayout layout, ulong seed)
    {
        SplitMix64 random = new(seed);
        float[] weights = new float[layout.Length];
        foreach (ParameterSlot slot in layout.Slots)
        {
            Span<float> target = weights.AsSpan(slot.Offset, slot.Length);
            if (slot.IsVector)
            {
                target.Fill(1f);
                continue;
            }

            double deviation = Deviation(slot, shape);
            for (int i = 0; i < target.Length; i++)
                target[i] = (float)(deviation * random.NextNormal());
        }

        return weights;
    }

    private static double Deviation(ParameterSlot slot, ModelShape shape)
    {
        if (slot.Offset == 0)
            return EmbeddingDeviation;
        double deviation = HiddenGain / Math.Sqrt(slot.Columns);
        bool writesResidual = slot.Name.Contains("attn_output", StringComparison.Ordinal)
            || slot.Name.Contains("ffn_down", StringComparison.Ordinal);
        return writesResidual ? deviation / Math.Sqrt(2 * shape.Layers) : deviation;
    }
}
