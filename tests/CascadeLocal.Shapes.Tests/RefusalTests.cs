using System.Text;

using CascadeLocal.Engine.Gguf;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>
/// Sizes that llama.cpp would end the process over, once the file is loaded, are refused by name before it reads the file. Most were
/// found by <see cref="SizeSurvivalTests"/>.
/// </summary>
public sealed class RefusalTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    [Theory]
    [InlineData("llama", "rope.dimension_count", 32u, "is 32 for heads of 64, which this architecture rotates whole")]
    [InlineData("qwen3", "attention.value_length", 64u, "is 64 for keys of 128, which this architecture has alike")]
    [InlineData("phi3", "attention.value_length", 48u, "is 48 for keys of 96, which this architecture has alike")]
    [InlineData("deepseek2", "attention.head_count_kv", 2u, "is 2; latent attention stores one vector for all heads")]
    [InlineData("deepseek2", "attention.key_length", 577u, "is 577 for 512 compressed and 64 rotated elements")]
    [InlineData("deepseek2", "attention.value_length", 256u, "is 256 for 512 compressed elements")]
    [InlineData("deepseek2", "attention.key_length_mla", 64u, "is 64, of which 64 would be rotated")]
    [InlineData("deepseek2", "attention.value_length_mla", 0u, "is missing or 0: keys and values of latent attention come together")]
    [InlineData("deepseek2", "expert_gating_func", 6u, "is 6; 0 to 4 are known")]
    [InlineData("gpt-oss", "attention.key_length", 32u, "is 64 for keys of 32, which this architecture has alike", "attention.value_length")]
    [InlineData("gpt-oss", "rope.dimension_count", 32u, "is 32 for heads of 64, which this architecture rotates whole")]
    [InlineData("lfm2", "rope.dimension_count", 128u, "is 128 for heads of 64")]
    [InlineData("lfm2", "attention.head_count", 8u, "is 8: heads of 64 are not together as wide as an embedding of 256")]
    [InlineData("lfm2", "shortconv.l_cache", 1u, "is 1; at least 2 is needed")]
    [InlineData("mamba2", "ssm.group_count", 0u, "is 0; at least 1 is needed")]
    [InlineData("mamba2", "ssm.group_count", 3u, "is 3, which does not divide ssm.inner_size, 512")]
    [InlineData("granitehybrid", "ssm.inner_size", 2048u, "is 2,048; for an embedding of 256 llama.cpp can only do twice that")]
    public void A_size_that_its_graph_cannot_have_is_refused_by_name(string architecture, string key, uint value, string reason, string? named = null)
    {
        byte[] file = File.ReadAllBytes(shapes.PathOf(architecture));
        byte[] name = Encoding.UTF8.GetBytes($"{architecture}.{key}");
        // As written: the length of the key in 8 bytes, the key, its type in 4.
        int at = file.AsSpan().IndexOf([.. BitConverter.GetBytes((ulong)name.Length), .. name]) + sizeof(ulong) + name.Length + sizeof(uint);
        BitConverter.TryWriteBytes(file.AsSpan(at), value);
        string path = shapes.PathOf(architecture) + ".changed.gguf";
        File.WriteAllBytes(path, file);

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));

        Assert.Equal($"{path}: {architecture}.{named ?? key}: {reason}", error.Message);
    }
}
