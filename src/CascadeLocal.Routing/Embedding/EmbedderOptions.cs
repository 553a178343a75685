namespace CascadeLocal.Routing.Embedding;

/// <summary>How texts are embedded.</summary>
public sealed record EmbedderOptions
{
    /// <summary>
    /// A HuggingFace folder of a BERT-family encoder (config.json, model.safetensors, vocab.txt), or null for
    /// all-MiniLM-L6-v2, which comes with the program.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>Number format of the matrix products.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Float32;

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>What is embedded of a long text.</summary>
    public LongTextRule LongText { get; init; } = LongTextRule.HeadAndTail;
}
