using System.Collections.Frozen;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// What <c>general.architecture</c> may be: the names in the llama.cpp build in use (a test looks them up in its
/// binary), less those that do not continue a text token by token.
/// </summary>
internal static class Architectures
{
    /// <summary>Architectures whose state is recurrent in every layer: they have no attention heads.</summary>
    public static FrozenSet<string> WithoutAttention { get; } =
        FrozenSet.Create(StringComparer.Ordinal, "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7");

    /// <summary>Architectures that can be served.</summary>
    public static FrozenSet<string> Served { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "llama", "llama4", "deci", "falcon", "grok", "gpt2", "gptneox", "mpt", "baichuan", "starcoder",
        "refact", "bloom", "stablelm", "qwen", "qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen3moe", "qwen3next",
        "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "phi2", "phi3", "phimoe", "plamo", "plamo2", "plamo3",
        "codeshell", "orion", "internlm2", "minicpm", "minicpm3", "gemma", "gemma2", "gemma3", "gemma3n", "gemma4",
        "starcoder2", "mamba", "mamba2", "jamba", "falcon-h1", "xverse", "command-r", "cohere2", "cohere2moe", "dbrx",
        "olmo", "olmo2", "olmoe", "openelm", "arctic", "deepseek", "deepseek2", "deepseek2-ocr", "deepseek32",
        "deepseek4", "chatglm", "glm4", "glm4moe", "glm-dsa", "bitnet", "jais", "jais2", "nemotron", "nemotron_h",
        "nemotron_h_moe", "exaone", "exaone4", "exaone-moe", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7", "granite",
        "granitemoe", "granitehybrid", "chameleon", "plm", "bailingmoe", "bailingmoe2", "dots1", "arcee", "afmoe",
        "laguna", "ernie4_5", "ernie4_5-moe", "hunyuan-moe", "hunyuan-dense", "hunyuan_vl", "hy_v3", "smollm3",
        "gpt-oss", "lfm2", "lfm2moe", "smallthinker", "seed_oss", "grovemoe", "apertus", "minimax-m2", "minimax-m3",
        "cogvlm", "pangu-embedded", "mistral3", "mistral4", "paddleocr", "mimo2", "step35", "maincoder",
        "kimi-linear", "talkie", "mellum", "nanbeige");

    /// <summary>Architectures that llama.cpp knows and that are refused, with what they are instead.</summary>
    public static FrozenDictionary<string, string> Refused { get; } = new Dictionary<string, string>
    {
        ["bert"] = "an encoder",
        ["modern-bert"] = "an encoder",
        ["nomic-bert"] = "an encoder",
        ["nomic-bert-moe"] = "an encoder",
        ["neo-bert"] = "an encoder",
        ["jina-bert-v2"] = "an encoder",
        ["jina-bert-v3"] = "an encoder",
        ["eurobert"] = "an encoder",
        ["gemma-embedding"] = "an encoder",
        ["llama-embed"] = "an encoder",
        ["t5"] = "an encoder with a decoder",
        ["t5encoder"] = "an encoder",
        ["clip"] = "an image encoder",
        ["wavtokenizer-dec"] = "an audio decoder",
        ["dream"] = "a diffusion model",
        ["llada"] = "a diffusion model",
        ["llada-moe"] = "a diffusion model",
        ["rnd1"] = "a diffusion model",
        ["gemma4-assistant"] = "a draft model of another one",
        ["eagle3"] = "a draft model of another one",
        ["dflash"] = "a draft model of another one",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Throws unless <paramref name="architecture"/> can be served.</summary>
    public static void RequireServed(GgufFile file, string architecture)
    {
        const string Key = "general.architecture";
        if (Refused.TryGetValue(architecture, out string? kind))
            throw file.Failure(Key, $"'{architecture}' is {kind}: it does not continue a text");
        if (!Served.Contains(architecture))
            throw file.Failure(Key, $"'{architecture}' is not supported");
    }
}
