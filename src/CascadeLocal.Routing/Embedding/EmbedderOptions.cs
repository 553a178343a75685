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

/// <summary>The number format of the encoder's matrix products.</summary>
public enum EncoderPrecision
{
    /// <summary><see cref="FixedPoint"/> on a CPU that has it, <see cref="Float32"/> elsewhere: what serves and fits.</summary>
    Automatic,

    /// <summary>float32 throughout: within 2e-6 of the original.</summary>
    Float32,

    /// <summary>bfloat16 products between float32 sums and norms: about twice as fast where the CPU has AVX512_BF16.</summary>
    BFloat16,

    /// <summary>
    /// Products of 16-bit integers that share a scale in blocks of 64, between float32 ends: faster than bfloat16 and within
    /// 1e-3 of the original, in native code, on any CPU with AVX2.
    /// </summary>
    FixedPoint,
}

/// <summary>What is embedded of a text that has more word pieces than the encoder takes.</summary>
public enum LongTextRule
{
    /// <summary>Its beginning and its end, half each: instructions stand at either.</summary>
    HeadAndTail,

    /// <summary>Its beginning, as sentence-transformers does it.</summary>
    Head,
}
