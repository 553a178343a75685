namespace CascadeLocal.Trainer.Model;

/// <summary>
/// The order of all weights in one flat vector: the embedding, the norms' gains, then the hidden matrices grouped by
/// shape. One vector means one cast, one gradient and a handful of optimizer operations per step.
/// </summary>
internal sealed class ParameterLayout
{
    /// <summary>Lays out a model's weights.</summary>
    public ParameterLayout(ModelShape shape, int vocabulary)
    {
        int width = shape.Width;
        List<ParameterSlot> slots = [];
        int offset = 0;

        Add("token_embd", vocabulary, width);
        EmbeddingLength = offset;
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            AddGain($"blk.{layer}.attn_norm");
            AddGain($"blk.{layer}.ffn_norm");
        }

        AddGain("output_norm");
        GainLength = offset - EmbeddingLength;
        Square = AddGroup(["attn_q", "attn_k", "attn_v", "attn_output"], width, width);
        Wide = AddGroup(["ffn_gate", "ffn_up"], shape.FeedForward, width);
        Tall = AddGroup(["ffn_down"], width, shape.FeedForward);
        Slots = slots;
        Length = offset;

        void Add(string name, int rows, int columns, bool isVector = false)
        {
            slots.Add(new($"{name}.weight", offset, rows, columns, isVector));
            offset += rows * columns;
        }

        void AddGain(string name) => Add(name, 1, width, isVector: true);

        MatrixGroup AddGroup(string[] names, int rows, int columns)
        {
            MatrixGroup group = new(offset, shape.Layers * names.Length, rows, columns);
            for (int layer = 0; layer < shape.Layers; layer++)
                foreach (string name in names)
                    Add($"blk.{layer}.{name}", rows, columns);
            return group;
        }
    }

    /// <summary>All weights in the order of the vector.</summary>
    public IReadOnlyList<ParameterSlot> Slots { get; }

    /// <summary>Elements of the embedding, which is also the output head.</summary>
    public int EmbeddingLength { get; }

    /// <summary>Elements of all norms' gains, behind the embedding.</summary>
    public int GainLength { get; }

    /// <summary>Per layer: query, key, value, attention output.</summary>
    public MatrixGroup Square { get; }

    /// <summary>Per layer: gate, up.</summary>
    public MatrixGroup Wide { get; }

    /// <summary>Per layer: down.</summary>
    public MatrixGroup Tall { get; }

    /// <summary>All elements.</summary>
    public int Length { get; }

    /// <summary>The first element of the hidden matrices.</summary>
    public int HiddenOffset => Square.Offset;

    /// <summary>Elements of all hidden matrices.</summary>
    public int HiddenLength => Length - HiddenOffset;

    /// <summary>The hidden matrices by shape.</summary>
    public IReadOnlyList<MatrixGroup> Groups => [Square, Wide, Tall];
}
