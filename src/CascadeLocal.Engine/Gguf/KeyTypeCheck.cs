namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// The types of the keys that llama.cpp reads of every model. It takes no other for them, not even an Int32 for a UInt32.
/// </summary>
internal static class KeyTypeCheck
{
    /// <summary>Type by key; those that begin with a dot follow the architecture's name. Lists of one value a layer are checked elsewhere.</summary>
    public static IReadOnlyDictionary<string, GgufValueType> Types { get; } = new Dictionary<string, GgufValueType>(StringComparer.Ordinal)
    {
        ["general.name"] = GgufValueType.String,
        [".context_length"] = GgufValueType.UInt32,
        [".embedding_length"] = GgufValueType.UInt32,
        [".block_count"] = GgufValueType.UInt32,
        [".feed_forward_length"] = GgufValueType.UInt32,
        [".attention.head_count"] = GgufValueType.UInt32,
        [".attention.head_count_kv"] = GgufValueType.UInt32,
        [".attention.key_length"] = GgufValueType.UInt32,
        [".attention.value_length"] = GgufValueType.UInt32,
        [".expert_count"] = GgufValueType.UInt32,
        [".rope.dimension_count"] = GgufValueType.UInt32,
        [".rope.freq_base"] = GgufValueType.Float32,
        [".rope.scaling.type"] = GgufValueType.String,
        [".rope.scaling.factor"] = GgufValueType.Float32,
        [".rope.scaling.original_context_length"] = GgufValueType.UInt32,
        ["tokenizer.ggml.model"] = GgufValueType.String,
        ["tokenizer.ggml.pre"] = GgufValueType.String,
        ["tokenizer.ggml.bos_token_id"] = GgufValueType.UInt32,
        ["tokenizer.ggml.eos_token_id"] = GgufValueType.UInt32,
        ["tokenizer.ggml.add_bos_token"] = GgufValueType.Bool,
        ["tokenizer.ggml.add_eos_token"] = GgufValueType.Bool,
        ["tokenizer.ggml.add_space_prefix"] = GgufValueType.Bool,
        ["tokenizer.ggml.remove_extra_whitespaces"] = GgufValueType.Bool,
        ["tokenizer.ggml.normalizer.lowercase"] = GgufValueType.Bool,
        ["tokenizer.ggml.normalizer.strip_accents"] = GgufValueType.Bool,
        ["tokenizer.ggml.unknown_token_id"] = GgufValueType.UInt32,
    };

    public static void Check(GgufFile file)
    {
        foreach ((string name, GgufValueType type) in Types)
        {
            string key = name[0] == '.' ? file.Metadata.Architecture + name : name;
            if (file.TryGet(key, out GgufValue? value) && !value.IsArray && value.Type != type)
                throw file.Failure(key, $"is {value.TypeName}, but must be {type}");
        }
    }
}
