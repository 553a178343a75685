using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine.Gguf;

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
            VocabularySize = (int)(file.GetArrayLength("tokenizer.ggml.tokens") ?? 0),
            Quantization = Quantizations.Name(file),
            ParameterCount = file.Tensors.Sum(tensor => tensor.Elements),
            ChatTemplate = file.GetString("tokenizer.chat_template"),
            Sampling = ReadSampling(file),
        };
    }

    private static int Positive(GgufFile file, string key, int most = int.MaxValue)
    {
        int value = file.GetCount(key) ?? throw file.Failure(key, "is missing");
        return value is 0 || value > most ? throw file.Failure(key, $"is {value:N0}") : value;
    }

    private static SamplingOptions ReadSampling(GgufFile file) => new()
    {
        Temperature = Number(file, "general.sampling.temp", 0, float.MaxValue),
        TopK = file.GetNumber("general.sampling.top_k") is double k ? (int)Math.Clamp(k, 0, int.MaxValue) : null,
        TopP = Number(file, "general.sampling.top_p", 0, 1),
        MinP = Number(file, "general.sampling.min_p", 0, 1),
        RepetitionPenalty = Number(file, "general.sampling.penalty_repeat", float.Epsilon, float.MaxValue),
    };

    private static float? Number(GgufFile file, string key, float least, float most)
    {
        if (file.GetNumber(key) is not double number)
            return null;
        return number >= least && number <= most ? (float)number : throw file.Failure(key, $"is {number}");
    }
}
