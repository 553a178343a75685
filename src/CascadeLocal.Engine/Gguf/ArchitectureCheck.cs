namespace CascadeLocal.Engine.Gguf;

/// <summary>The numbers that describe the network: those that llama.cpp divides by, allocates by or asserts on.</summary>
internal static class ArchitectureCheck
{
    // llama.cpp's LLAMA_MAX_EXPERTS.
    private const int MostExperts = 512;

    public static void Check(GgufFile file)
    {
        CheckHeads(file);
        CheckRope(file);
        CheckExperts(file);
        CheckNormEpsilon(file);
        CheckArrays(file);
    }

    private static void CheckHeads(GgufFile file)
    {
        ModelMetadata model = file.Metadata;
        if (Architectures.WithoutAttention.Contains(model.Architecture))
            return;

        string key = $"{model.Architecture}.attention.head_count";
        int most = model.HeadCount.Max();
        if (most == 0)
            throw file.Failure(key, file.TryGet(key, out _) ? "is 0" : "is missing");
        if (most > model.EmbeddingLength)
            throw file.Failure(key, $"{most:N0} heads for an embedding of {model.EmbeddingLength:N0}");
        for (int layer = 0; layer < model.BlockCount; layer++)
            CheckLayer(file, model, layer);

        CheckLength(file, model, "key_length", model.KeyLength);
        CheckLength(file, model, "value_length", model.ValueLength);
    }

    private static void CheckLayer(GgufFile file, ModelMetadata model, int layer)
    {
        int heads = model.HeadCount[layer];
        int kvHeads = model.KvHeadCount[layer];
        bool divides = kvHeads == 0 ? model.HeadCount.Count > 1 || heads == 0 : heads % kvHeads == 0;
        if (!divides || kvHeads > model.EmbeddingLength)
            throw file.Failure($"{model.Architecture}.attention.head_count_kv", $"{kvHeads:N0} key-value heads for {heads:N0} heads in layer {layer:N0}");
    }

    private static void CheckLength(GgufFile file, ModelMetadata model, string name, int length)
    {
        string key = $"{model.Architecture}.attention.{name}";
        if (!file.TryGet(key, out _) && model.EmbeddingLength % model.HeadCount.Max() != 0)
            throw file.Failure(key, $"is missing, and {model.HeadCount.Max():N0} heads do not divide an embedding of {model.EmbeddingLength:N0}");
        if (length is 0 or > 65_536)
            throw file.Failure(key, $"is {length:N0}");
    }

    private static void CheckRope(GgufFile file)
    {
        ModelMetadata model = file.Metadata;
        string key = $"{model.Architecture}.rope.dimension_count";
        if (file.TryGet(key, out GgufValue? value) && !value.IsArray
            && file.GetCount(key) is int dimensions && (dimensions % 2 != 0 || (model.KeyLength > 0 && dimensions > Math.Max(model.KeyLength, model.EmbeddingLength))))
        {
            throw file.Failure(key, $"is {dimensions:N0} for keys of {model.KeyLength:N0}");
        }

        string scaling = $"{model.Architecture}.rope.scaling.type";
        if (file.GetString(scaling) is string type && type is not ("none" or "linear" or "yarn" or "longrope"))
            throw file.Failure(scaling, $"is '{type}'; none, linear, yarn and longrope are known");
        // Only its own absence means "default"; 0 or less makes every position's angle infinite or undefined.
        string frequency = $"{model.Architecture}.rope.freq_base";
        if (file.TryGet(frequency, out GgufValue? rope) && !rope.IsArray && file.GetNumber(frequency) <= 0)
            throw file.Failure(frequency, $"is {file.GetNumber(frequency)}");
    }

    private static void CheckExperts(GgufFile file)
    {
        string key = $"{file.Metadata.Architecture}.expert_count";
        int experts = file.GetCount(key) ?? 0;
        if (experts > MostExperts)
            throw file.Failure(key, $"is {experts:N0}; llama.cpp allows {MostExperts}");

        string usedKey = $"{file.Metadata.Architecture}.expert_used_count";
        int[] used = file.GetCountPerLayer(usedKey, file.Metadata.BlockCount) ?? [0];
        if (used.Max() > experts || (experts > 0 && used.Max() == 0))
            throw file.Failure(usedKey, $"{used.Max():N0} experts are used of {experts:N0}");
    }

    private static void CheckNormEpsilon(GgufFile file)
    {
        foreach (string name in (string[])["layer_norm_rms_epsilon", "layer_norm_epsilon", "group_norm_epsilon"])
        {
            string key = $"{file.Metadata.Architecture}.attention.{name}";
            if (file.GetNumber(key) is double epsilon && epsilon is < 0 or > 1)
                throw file.Failure(key, $"is {epsilon}");
        }
    }

    /// <summary>
    /// llama.cpp asserts that the per-layer lists of an architecture are numbers of the kind it asks for. The names of classes that a
    /// classifier's file carries are no such list.
    /// </summary>
    private static void CheckArrays(GgufFile file)
    {
        string prefix = file.Metadata.Architecture + ".";
        string labels = prefix + "classifier.output_labels";
        foreach (string key in file.Keys)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal) && key != labels && file.TryGet(key, out GgufValue? value) && value.IsArray
                && value.ElementType is not (GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 or GgufValueType.Bool))
            {
                throw file.Failure(key, $"is {value.TypeName}, but must be an array of UInt32, Int32, Float32 or Bool");
            }
        }
    }
}
