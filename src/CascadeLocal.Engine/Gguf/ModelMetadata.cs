namespace CascadeLocal.Engine.Gguf;

/// <summary>What a model file says about its model.</summary>
internal sealed record ModelMetadata
{
    /// <summary><c>general.architecture</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>general.name</c>, else the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens the model was trained for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Layers.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Query heads of each layer; 0 in layers without attention.</summary>
    public required IReadOnlyList<int> HeadCount { get; init; }

    /// <summary>Key and value heads of each layer; 0 in layers without attention.</summary>
    public required IReadOnlyList<int> KvHeadCount { get; init; }

    /// <summary>Elements of one head's key.</summary>
    public required int KeyLength { get; init; }

    /// <summary>Elements of one head's value.</summary>
    public required int ValueLength { get; init; }

    /// <summary>Tokens a sliding-window layer attends to; null if there is no such layer.</summary>
    public required int? SlidingWindow { get; init; }

    /// <summary>Experts that compute a token in a layer of experts; 0 if there is no such layer.</summary>
    public int ExpertsUsed { get; init; }

    /// <summary>
    /// Whether keys and values are one compressed vector (multi-head latent attention). Values are read out of the keys, so only
    /// keys are stored.
    /// </summary>
    public bool IsLatent { get; init; }

    /// <summary>Bytes of one sequence's state in each layer, however many tokens it holds; 0 in layers without.</summary>
    public required IReadOnlyList<long> StateBytes { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>How most weights are stored, such as <c>Q8_0</c> or <c>Q4_K_M</c>.</summary>
    public required string Quantization { get; init; }

    /// <summary>Elements of all tensors.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Chat templates by name: <c>tokenizer.chat_template</c> is <see cref="DefaultTemplate"/>, <c>tokenizer.chat_template.NAME</c> that name.</summary>
    public required IReadOnlyDictionary<string, string> ChatTemplates { get; init; }

    /// <summary><c>general.sampling.*</c>.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>The name of the template that serves where no other is better.</summary>
    public const string DefaultTemplate = "default";

    /// <summary>Bytes of one token's keys and values over all layers, keys and values stored as given.</summary>
    public long KvBytesPerToken(GgmlType key, GgmlType value) =>
        Enumerable.Range(0, KvHeadCount.Count).Sum(block => KvBytesPerToken(block, key, value));

    /// <summary>Bytes of one token's keys and values in one layer.</summary>
    public long KvBytesPerToken(int block, GgmlType key, GgmlType value)
    {
        long heads = KvHeadCount[block];
        return checked(key.RowBytes(heads * KeyLength) + (IsLatent ? 0 : value.RowBytes(heads * ValueLength)));
    }
}

/// <summary>Picks <see cref="ModelMetadata"/> out of a file; what is missing or impossible is refused by its key.</summary>
internal static class ModelMetadataReader
{
    // llama.cpp's LLAMA_MAX_LAYERS.
    private const int MostLayers = 512;

    public static ModelMetadata Read(GgufFile file)
    {
        string architecture = file.GetString("general.architecture")
            ?? throw file.Failure("general.architecture", "is missing");
        Architectures.RequireServed(file, architecture);

        int layers = Positive(file, $"{architecture}.block_count", MostLayers);
        int embedding = Positive(file, $"{architecture}.embedding_length");
        int[] heads = file.GetCountPerLayer($"{architecture}.attention.head_count", layers) ?? new int[layers];
        int[] kvHeads = file.GetCountPerLayer($"{architecture}.attention.head_count_kv", layers) ?? heads;
        int headLength = heads.Max() is int most and > 0 ? embedding / most : 0;

        return new ModelMetadata
        {
            Architecture = architecture,
            Name = file.GetString("general.name") is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(file.Path),
            ContextLength = Positive(file, $"{architecture}.context_length"),
            EmbeddingLength = embedding,
            BlockCount = layers,
            HeadCount = heads,
            KvHeadCount = kvHeads,
            KeyLength = file.GetCount($"{architecture}.attention.key_length") ?? headLength,
            ValueLength = file.GetCount($"{architecture}.attention.value_length") ?? headLength,
            SlidingWindow = file.GetCountPerLayer($"{architecture}.attention.sliding_window", layers)?.Max() is int window and > 0 ? window : null,
            ExpertsUsed = file.GetCountPerLayer($"{architecture}.expert_used_count", layers)?.Max() ?? 0,
            IsLatent = file.TryGet($"{architecture}.attention.key_length_mla", out _),
            StateBytes = StateBytes(file, architecture, embedding, kvHeads),
            VocabularySize = (int)(file.GetArrayLength("tokenizer.ggml.tokens") ?? 0),
            Quantization = Quantizations.Name(file),
            ParameterCount = file.Tensors.Sum(tensor => tensor.Elements),
            ChatTemplates = ReadChatTemplates(file),
            Sampling = ReadSampling(file),
        };
    }

    /// <summary>
    /// The state of a sequence in each layer. In most hybrid models the layers without key-value heads have it; where no layer
    /// tells, all of them count, which is at worst too much.
    /// </summary>
    private static long[] StateBytes(GgufFile file, string architecture, long embedding, int[] kvHeads)
    {
        long bytes = StateBytesPerLayer(file, architecture, embedding);
        bool isTold = kvHeads.Contains(0);
        return [.. kvHeads.Select(heads => !isTold || heads == 0 ? bytes : 0)];
    }

    /// <summary>The state as llama.cpp sizes it (32-bit floats): what a convolution looks back on, and the sums.</summary>
    private static long StateBytesPerLayer(GgufFile file, string architecture, long embedding)
    {
        long Count(string name) => file.GetCount($"{architecture}.{name}") ?? 0;
        if (Count("wkv.head_size") is var headSize and > 0)
            return checked(sizeof(float) * embedding * (headSize + Math.Max(2, Count("token_shift_count"))));
        if (Count("shortconv.l_cache") is var length and > 0)
            return checked(sizeof(float) * embedding * (length - 1));
        long inner = Count("ssm.inner_size");
        long state = Count("ssm.state_size");
        long convolution = Math.Max(0, Count("ssm.conv_kernel") - 1);
        return checked(sizeof(float) * ((convolution * (inner + (2 * Count("ssm.group_count") * state))) + (state * inner)));
    }

    private static Dictionary<string, string> ReadChatTemplates(GgufFile file)
    {
        const string Key = "tokenizer.chat_template";
        Dictionary<string, string> templates = new(StringComparer.Ordinal);
        foreach (string key in file.Keys.Where(key => key == Key || key.StartsWith(Key + ".", StringComparison.Ordinal)))
            templates[key == Key ? ModelMetadata.DefaultTemplate : key[(Key.Length + 1)..]] = file.GetString(key)!;
        return templates;
    }

    private static int Positive(GgufFile file, string key, int most = int.MaxValue)
    {
        int value = file.GetCount(key) ?? throw file.Failure(key, "is missing");
        return value is 0 || value > most ? throw file.Failure(key, $"is {value:N0}") : value;
    }

    private static SamplingOptions ReadSampling(GgufFile file) => new()
    {
        Temperature = Number(file, "general.sampling.temp", 0, float.MaxValue),
        TopK = Number(file, "general.sampling.top_k", -1, 1 << 24) is float k ? (int)Math.Max(0, k) : null,
        TopP = Number(file, "general.sampling.top_p", 0, 1),
        MinP = Number(file, "general.sampling.min_p", 0, 1),
        RepetitionPenalty = Number(file, "general.sampling.penalty_repeat", float.Epsilon, float.MaxValue),
    };

    /// <summary>A default that llama.cpp never reads: one that makes no sense is as good as none.</summary>
    private static float? Number(GgufFile file, string key, float least, float most) =>
        file.TryGet(key, out GgufValue? value) && !value.IsArray && value.Numbers is [double number] && number >= least && number <= most
            ? (float)number
            : null;
}
