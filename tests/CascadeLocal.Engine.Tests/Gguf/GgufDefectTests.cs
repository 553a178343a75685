using CascadeLocal.Engine.Gguf;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>One defect at a time in an otherwise sound model: each is refused by the name of its field.</summary>
public sealed class GgufDefectTests : IDisposable
{
    private const ulong Huge = 1UL << 60;

    private static readonly Dictionary<string, (Action<GgufBuilder> Spoil, string Field)> Defects = new()
    {
        ["version 1"] = (b => b.Version = 1, "version"),
        ["version 4"] = (b => b.Version = 4, "version"),
        ["big-endian"] = (b => b.Version = 0x03000000, "version"),
        ["2^60 entries"] = (b => b.EntryCount = Huge, "metadata count"),
        ["2^60 tensors"] = (b => b.TensorCount = Huge, "tensor count"),
        ["an empty key"] = (b => b.Append("", 1), "metadata entry 21"),
        ["a zero character in a key"] = (b => b.Append("a\0b", 1), "metadata entry 21"),
        ["a key twice"] = (b => b.Append("llama.block_count", 1), "llama.block_count"),
        ["a huge string"] = (b => b.SetRaw("x", 8, w => w.Write(Huge)), "x"),
        ["a string longer than the file"] = (b => b.SetRaw("x", 8, w => w.Write(1UL << 29)), "x"),
        ["a huge array"] = (b => b.SetRaw("x", 9, w => { w.Write(4); w.Write(Huge); }), "x"),
        ["an array of arrays"] = (b => b.SetRaw("x", 9, w => { w.Write(9); w.Write(0UL); }), "x"),
        ["an array of an unknown type"] = (b => b.SetRaw("x", 9, w => { w.Write(13); w.Write(0UL); }), "x"),
        ["an unknown value type"] = (b => b.SetRaw("x", 13, _ => { }), "x"),
        ["alignment 0"] = (b => b.Set("general.alignment", 0), "general.alignment"),
        ["alignment 24"] = (b => b.Set("general.alignment", 24), "general.alignment"),
        ["alignment as text"] = (b => b.Set("general.alignment", "32"), "general.alignment"),
        ["alignment other than the file's"] = (b => b.Set("general.alignment", 256), "blk.0.attn_q.weight"),
        ["alignment beyond the file"] = (b => b.Set("general.alignment", 1u << 31), "token_embd.weight"),
        ["no dimensions"] = (b => b.Change("output.weight", t => t with { Dimensions = [] }), "output.weight"),
        ["five dimensions"] = (b => b.Change("output.weight", t => t with { Dimensions = [1, 1, 1, 1, 1] }), "output.weight"),
        ["a dimension of 0"] = (b => b.Change("output.weight", t => t with { Dimensions = [32, 0] }), "output.weight"),
        ["a negative dimension"] = (b => b.Change("output.weight", t => t with { Dimensions = [ulong.MaxValue, 2] }), "output.weight"),
        ["dimensions whose product overflows"] = (b => b.Change("output.weight", t => t with { Dimensions = [1u << 30, 1u << 30, 1u << 30, 1u << 30] }), "output.weight"),
        ["more elements than the file has bytes"] = (b => b.Change("output.weight", t => t with { Dimensions = [32, 1 << 20] }), "output.weight"),
        ["an unknown tensor type"] = (b => b.Change("output.weight", t => t with { Type = 43 }), "output.weight"),
        ["a dropped tensor type"] = (b => b.Change("output.weight", t => t with { Type = 4 }), "output.weight"),
        ["a type for activations only"] = (b => b.Change("output.weight", t => t with { Type = 9 }), "output.weight"),
        ["rows that are no whole blocks"] = (b => b.Change("output.weight", t => t with { Type = 12 }), "output.weight"),
        ["an offset beyond the file"] = (b => b.Change("output.weight", t => t with { Offset = Huge }), "output.weight"),
        ["an offset that is not aligned"] = (b => b.Change("output.weight", t => t with { Offset = 1 }), "output.weight"),
        ["tensors that overlap"] = (b => b.Change("output.weight", t => t with { Offset = 0 }), "output.weight"),
        ["an empty tensor name"] = (b => b.Change("output.weight", t => t with { Name = "" }), "tensor 20"),
        ["a tensor name of 64 bytes"] = (b => b.Change("output.weight", t => t with { Name = new string('x', 64) }), "tensor 20"),
        ["a tensor twice"] = (b => b.Change("output.weight", t => t with { Name = "token_embd.weight" }), "token_embd.weight"),
        ["no architecture"] = (b => b.Remove("general.architecture"), "general.architecture"),
        ["an architecture that is a number"] = (b => b.Set("general.architecture", 1u), "general.architecture"),
        ["an unknown architecture"] = (b => b.Set("general.architecture", "llama9"), "general.architecture"),
        ["an encoder"] = (b => b.Set("general.architecture", "bert"), "general.architecture"),
        ["an adapter"] = (b => b.Set("general.type", "adapter"), "general.type"),
        ["an image encoder"] = (b => b.Set("general.architecture", "clip"), "general.architecture"),
        ["a projector"] = (b => b.Set("general.type", "mmproj"), "general.type"),
        ["an importance matrix"] = (b => b.Set("general.type", "imatrix"), "general.type"),
        ["an importance matrix of the old kind"] = (b => b.Remove("general.architecture").Set("imatrix.chunk_count", 1u), "general.architecture"),
        ["a vocabulary without weights"] = (b => b.RemoveTensors(_ => true), "tensor count"),
        ["a part of a split model under another name"] = (b => b.SetRaw("split.count", 2, w => w.Write((ushort)3)), "split.count"),
        ["no context length"] = (b => b.Remove("llama.context_length"), "llama.context_length"),
        ["a context length of 0"] = (b => b.Set("llama.context_length", 0), "llama.context_length"),
        ["no embedding length"] = (b => b.Remove("llama.embedding_length"), "llama.embedding_length"),
        ["another embedding length"] = (b => b.Set("llama.embedding_length", 64), "token_embd.weight"),
        ["no blocks"] = (b => b.Set("llama.block_count", 0), "llama.block_count"),
        ["513 blocks"] = (b => b.Set("llama.block_count", 513), "llama.block_count"),
        ["a block too many"] = (b => b.Set("llama.block_count", 3), "blk.2.*"),
        ["no block 0"] = (b => b.RemoveTensors(name => name.StartsWith("blk.0.", StringComparison.Ordinal)), "blk.0.*"),
        ["no heads"] = (b => b.Set("llama.attention.head_count", 0), "llama.attention.head_count"),
        ["heads that do not divide the embedding"] = (b => b.Set("llama.attention.head_count", 6), "llama.attention.key_length"),
        ["key-value heads that do not divide the heads"] = (b => b.Set("llama.attention.head_count_kv", 3), "llama.attention.head_count_kv"),
        ["heads for a layer too few"] = (b => b.Set("llama.attention.head_count", [4]), "llama.attention.head_count"),
        ["heads that are fractions"] = (b => b.Set("llama.attention.head_count", [4f, 4f]), "llama.attention.head_count"),
        ["an odd rotary dimension"] = (b => b.Set("llama.rope.dimension_count", 7), "llama.rope.dimension_count"),
        ["an unknown rope scaling"] = (b => b.Set("llama.rope.scaling.type", "cubic"), "llama.rope.scaling.type"),
        ["a negative epsilon"] = (b => b.Set("llama.attention.layer_norm_rms_epsilon", -1f), "llama.attention.layer_norm_rms_epsilon"),
        ["an epsilon that is no number"] = (b => b.Set("llama.attention.layer_norm_rms_epsilon", float.NaN), "llama.attention.layer_norm_rms_epsilon"),
        ["100,000 experts"] = (b => b.Set("llama.expert_count", 100_000), "llama.expert_count"),
        ["more experts used than there are"] = (b => b.Set("llama.expert_count", 2).Set("llama.expert_used_count", 4), "llama.expert_used_count"),
        ["no tokenizer"] = (b => b.Remove("tokenizer.ggml.model"), "tokenizer.ggml.model"),
        ["the tokenizer 'none'"] = (b => b.Set("tokenizer.ggml.model", "none"), "tokenizer.ggml.model"),
        ["no vocabulary"] = (b => b.Remove("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens"),
        ["an empty vocabulary"] = (b => b.Set("tokenizer.ggml.tokens", System.Array.Empty<string>()), "tokenizer.ggml.tokens"),
        ["a vocabulary of numbers"] = (b => b.Set("tokenizer.ggml.tokens", new int[266]), "tokenizer.ggml.tokens"),
        ["a token twice"] = (b => b.Set("tokenizer.ggml.tokens", [.. Enumerable.Repeat("x", 266)]), "tokenizer.ggml.tokens"),
        ["tokens that are equal up to a zero byte"] = (b => b.Set("tokenizer.ggml.tokens", [.. Enumerable.Range(0, 266).Select(i => $"x\0{i}")]), "tokenizer.ggml.tokens"),
        ["too few token types"] = (b => b.Set("tokenizer.ggml.token_type", [1, 1]), "tokenizer.ggml.token_type"),
        ["token types of the wrong size"] = (b => b.SetRaw("tokenizer.ggml.token_type", 9, w => { w.Write(0); w.Write(266UL); w.Write(new byte[266]); }), "tokenizer.ggml.token_type"),
        ["too few scores"] = (b => b.Set("tokenizer.ggml.scores", [1f]), "tokenizer.ggml.scores"),
        ["merges that are numbers"] = (b => b.Set("tokenizer.ggml.merges", [1]), "tokenizer.ggml.merges"),
        ["an end token outside the vocabulary"] = (b => b.Set("tokenizer.ggml.eos_token_id", 266), "tokenizer.ggml.eos_token_id"),
        ["a begin token outside the vocabulary"] = (b => b.Set("tokenizer.ggml.bos_token_id", 266), "tokenizer.ggml.bos_token_id"),
        ["an end token of -1"] = (b => b.Set("tokenizer.ggml.eos_token_id", uint.MaxValue), "tokenizer.ggml.eos_token_id"),
        ["a begin token of -1"] = (b => b.Set("tokenizer.ggml.bos_token_id", uint.MaxValue), "tokenizer.ggml.bos_token_id"),
        ["a vocabulary smaller than the embedding"] = (b => b.Change("token_embd.weight", t => t with { Dimensions = [32, 133, 2] }), "token_embd.weight"),
        ["no embedding"] = (b => b.RemoveTensors(name => name == "token_embd.weight"), "token_embd.weight"),
    };

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. Defects.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_defect_is_refused_by_its_field(string defect)
    {
        (Action<GgufBuilder> spoil, string field) = Defects[defect];
        GgufBuilder builder = TestGguf.Create();
        spoil(builder);
        string path = _folder.Write("defect.gguf", builder.Build());
        Assert.Equal(field, Assert.Throws<ModelLoadException>(() => GgufFile.Open(path)).Field);
    }
}
