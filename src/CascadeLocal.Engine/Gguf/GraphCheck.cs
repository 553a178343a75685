using System.Collections.Frozen;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// What the graphs of single architectures rely on: sizes that no tensor's shape tells, which llama.cpp asserts on, divides by, or
/// calls a fatal error once the model is loaded, and each of these ends the process.
/// </summary>
internal static class GraphCheck
{
    // llama.cpp's LLAMA_EXPERT_GATING_FUNC_TYPE_*, from none to the square root of a softplus.
    private const int LastExpertGating = 4;

    /// <summary>Architectures whose heads are rotated whole, and whose keys are as long as their values.</summary>
    private static readonly FrozenSet<string> WholeHeads =
        FrozenSet.Create(StringComparer.Ordinal, "llama", "qwen2", "qwen3", "qwen3moe", "olmoe", "granite", "mistral3", "gpt-oss");

    /// <summary>Architectures whose keys are as long as their values, and rotated in part or whole.</summary>
    private static readonly FrozenSet<string> EvenHeads =
        FrozenSet.Create(StringComparer.Ordinal, "phi3", "granitehybrid", "lfm2", "lfm2moe", "gemma2", "gemma3");

    /// <summary>Architectures whose heads are together as wide as the embedding.</summary>
    private static readonly FrozenSet<string> FilledWidth = FrozenSet.Create(StringComparer.Ordinal, "qwen2", "olmoe", "phi3", "lfm2", "lfm2moe");

    /// <summary>Architectures with the layers of Mamba 2, whose heads are in groups.</summary>
    private static readonly FrozenSet<string> GroupedStates =
        FrozenSet.Create(StringComparer.Ordinal, "mamba2", "granitehybrid", "falcon-h1", "nemotron_h", "nemotron_h_moe");

    public static void Check(GgufFile file)
    {
        string architecture = file.Metadata.Architecture;
        if (WholeHeads.Contains(architecture) || EvenHeads.Contains(architecture))
            CheckHeads(file);
        if (FilledWidth.Contains(architecture))
            CheckWidth(file);
        CheckLatent(file);
        CheckExperts(file);
        if (GroupedStates.Contains(architecture))
            CheckStates(file);
        if (architecture is "lfm2" or "lfm2moe")
            RequireAtLeast(file, "shortconv.l_cache", 2);
    }

    private static void CheckHeads(GgufFile file)
    {
        ModelMetadata model = file.Metadata;
        if (model.KeyLength != model.ValueLength)
            throw Failure(file, "attention.value_length", $"is {model.ValueLength:N0} for keys of {model.KeyLength:N0}, which this architecture has alike");
        if (Count(file, "rope.dimension_count") is not int rotated)
            return;
        bool isWhole = WholeHeads.Contains(model.Architecture);
        if (rotated > model.KeyLength || (isWhole && rotated != model.KeyLength))
            throw Failure(file, "rope.dimension_count", $"is {rotated:N0} for heads of {model.KeyLength:N0}{(isWhole ? ", which this architecture rotates whole" : "")}");
    }

    private static void CheckWidth(GgufFile file)
    {
        ModelMetadata model = file.Metadata;
        int heads = model.HeadCount.Max();
        if ((long)heads * model.KeyLength != model.EmbeddingLength)
            throw Failure(file, "attention.head_count", $"is {heads:N0}: heads of {model.KeyLength:N0} are not together as wide as an embedding of {model.EmbeddingLength:N0}");
    }

    /// <summary>Multi-head latent attention: what is stored is the compressed vector and, behind it, the part of the key that is rotated.</summary>
    private static void CheckLatent(GgufFile file)
    {
        int? key = Count(file, "attention.key_length_mla");
        int? value = Count(file, "attention.value_length_mla");
        if (key is null && value is null)
            return;
        if (key is not > 0 || value is not > 0)
            throw Failure(file, key is > 0 ? "attention.value_length_mla" : "attention.key_length_mla", "is missing or 0: keys and values of latent attention come together");
        if (file.Metadata.Architecture == "deepseek2")
            CheckCompressed(file, key.Value);
    }

    private static void CheckCompressed(GgufFile file, int key)
    {
        ModelMetadata model = file.Metadata;
        RequireAtLeast(file, "rope.dimension_count", 1);
        int rotated = Count(file, "rope.dimension_count")!.Value;
        if (rotated >= key)
            throw Failure(file, "attention.key_length_mla", $"is {key:N0}, of which {rotated:N0} would be rotated");
        int rank = Count(file, "attention.kv_lora_rank") ?? throw Failure(file, "attention.kv_lora_rank", "is missing");
        if (model.KeyLength != rank + rotated)
            throw Failure(file, "attention.key_length", $"is {model.KeyLength:N0} for {rank:N0} compressed and {rotated:N0} rotated elements");
        if (model.ValueLength != rank)
            throw Failure(file, "attention.value_length", $"is {model.ValueLength:N0} for {rank:N0} compressed elements");
        if (model.KvHeadCount.FirstOrDefault(heads => heads > 1) is int several and > 1)
            throw Failure(file, "attention.head_count_kv", $"is {several:N0}; latent attention stores one vector for all heads");
    }

    private static void CheckExperts(GgufFile file)
    {
        if (Count(file, "expert_gating_func") is int gating and > LastExpertGating)
            throw Failure(file, "expert_gating_func", $"is {gating:N0}; 0 to {LastExpertGating} are known");
    }

    private static void CheckStates(GgufFile file)
    {
        foreach (string name in (string[])["ssm.conv_kernel", "ssm.inner_size", "ssm.state_size", "ssm.time_step_rank", "ssm.group_count"])
            RequireAtLeast(file, name, name == "ssm.conv_kernel" ? 2 : 1);
        int inner = Count(file, "ssm.inner_size")!.Value;
        foreach (string name in (string[])["ssm.time_step_rank", "ssm.state_size", "ssm.group_count"])
        {
            if (inner % Count(file, name)!.Value != 0)
                throw Failure(file, name, $"is {Count(file, name):N0}, which does not divide ssm.inner_size, {inner:N0}");
        }

        int heads = Count(file, "ssm.time_step_rank")!.Value;
        if (heads % Count(file, "ssm.group_count")!.Value != 0)
            throw Failure(file, "ssm.group_count", $"is {Count(file, "ssm.group_count"):N0} for {heads:N0} heads");
        if (file.Metadata.Architecture == "granitehybrid" && inner != 2L * file.Metadata.EmbeddingLength)
            throw Failure(file, "ssm.inner_size", $"is {inner:N0}; for an embedding of {file.Metadata.EmbeddingLength:N0} llama.cpp can only do twice that");
    }

    private static void RequireAtLeast(GgufFile file, string name, int least)
    {
        int value = Count(file, name) ?? throw Failure(file, name, "is missing");
        if (value < least)
            throw Failure(file, name, $"is {value:N0}; at least {least:N0} is needed");
    }

    /// <summary>A number of the architecture; null where it is missing or differs from layer to layer.</summary>
    private static int? Count(GgufFile file, string name) =>
        file.TryGet(Key(file, name), out GgufValue? value) && !value.IsArray ? file.GetCount(Key(file, name)) : null;

    private static ModelLoadException Failure(GgufFile file, string name, string reason) => file.Failure(Key(file, name), reason);

    private static string Key(GgufFile file, string name) => $"{file.Metadata.Architecture}.{name}";
}
