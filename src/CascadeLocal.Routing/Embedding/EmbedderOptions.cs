namespace CascadeLocal.Routing.Embedding;

/// <summary>How texts are embedded.</summary>
public sealed record EmbedderOptions
{
    private const string DefaultName = "all-MiniLM-L6-v2";

    /// <summary>
    /// A HuggingFace folder of a BERT-family encoder (config.json, model.safetensors, vocab.txt), or null for
    /// all-MiniLM-L6-v2, which comes with the program.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>What people call the encoder: the folder's name.</summary>
    public string Name => Folder is null ? DefaultName : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Number format of the matrix products.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Automatic;

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>What is embedded of a long text.</summary>
    public LongTextRule LongText { get; init; } = LongTextRule.HeadAndTail;
}
