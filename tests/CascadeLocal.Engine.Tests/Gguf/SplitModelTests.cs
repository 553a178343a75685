using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Engine;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>Models in several files, and what can be wrong with them as a set.</summary>
public sealed class SplitModelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(21)]
    public async Task A_model_in_parts_answers_as_the_whole_one(int count)
    {
        string whole = _folder.Write("whole.gguf", TestGguf.Create().Build());
        string first = WriteParts(count)[0];
        GgufFile one = GgufFile.Open(whole);
        GgufFile parts = GgufFile.Open(first);

        Assert.Equal(count, parts.Parts.Count);
        Assert.Equal(parts.Parts.Sum(path => new FileInfo(path).Length), parts.Length);
        Assert.Equal(one.Tensors.Select(tensor => (tensor.Name, tensor.Bytes)), parts.Tensors.Select(tensor => (tensor.Name, tensor.Bytes)));
        Assert.Equal(one.Metadata.ParameterCount, parts.Metadata.ParameterCount);
        Assert.Equal(await AnswerAsync(whole), await AnswerAsync(first));
    }

    [Fact]
    public async Task A_first_part_may_hold_no_tensors()
    {
        // As llama-gguf-split writes it with --no-tensor-first-split.
        GgufBuilder model = TestGguf.Create();
        byte[][] two = model.BuildParts(1, (_, part) => Renumber(part, 1, 2));
        byte[] metadata = model.RemoveTensors(_ => true).BuildParts(1, (_, part) => Renumber(part, 0, 2))[0];
        string first = _folder.Write("m-00001-of-00002.gguf", metadata);
        _folder.Write("m-00002-of-00002.gguf", two[0]);

        Assert.Equal(21, GgufFile.Open(first).Tensors.Count);
        Assert.NotEmpty(await AnswerAsync(first));

        static void Renumber(GgufBuilder part, int number, int count) => part
            .SetRaw("split.no", 2, w => w.Write((ushort)number)).SetRaw("split.count", 2, w => w.Write((ushort)count))
            .SetRaw("split.tensors.count", 5, w => w.Write(21));
    }

    [Fact]
    public void Missing_parts_are_named()
    {
        string[] paths = WriteParts(4);
        File.Delete(paths[1]);
        File.Delete(paths[3]);

        Refused(paths[0], paths[0], "parts", "of 4 parts 2 are missing beside it: m-00002-of-00004.gguf, m-00004-of-00004.gguf");
    }

    [Fact]
    public void Of_many_missing_parts_the_first_are_named()
    {
        string[] paths = WriteParts(21);
        foreach (string path in paths[1..])
            File.Delete(path);

        Refused(paths[0], paths[0], "parts", "m-00009-of-00021.gguf and 12 more");
    }

    [Fact]
    public void Another_part_than_the_first_says_which_to_open()
    {
        string[] paths = WriteParts(3);

        Refused(paths[1], paths[1], "split.no", "this is part 2 of 3: a model in parts is opened by its first, m-00001-of-00003.gguf");
    }

    [Theory]
    [InlineData("renamed.gguf")]
    [InlineData("m-00001-of-00002.gguf")]
    [InlineData("m-00002-of-00003.gguf")]
    [InlineData("m-1-of-3.gguf")]
    public void A_first_part_of_another_name_cannot_find_the_others(string name)
    {
        string path = Path.Combine(_folder.Path, name);
        File.Copy(WriteParts(3)[0], path, overwrite: true);

        Refused(path, path, "split.count", "its name does not end in -00001-of-00003.gguf");
    }

    [Fact]
    public void Parts_in_each_other_s_place_are_refused()
    {
        string[] paths = WriteParts(3);
        File.Copy(paths[2], paths[1], overwrite: true);

        Refused(paths[0], paths[1], "split.no", "this is part 3, but by its name it is part 2");
    }

    [Fact]
    public void A_part_of_another_model_is_refused()
    {
        Refused(Spoiled((i, part) => part.SetRaw("split.count", 2, w => w.Write((ushort)(i == 1 ? 4 : 3)))), "m-00002-of-00003.gguf", "split.count", "is 4, but the first part's is 3");
        Refused(Spoiled((i, part) => _ = i == 2 ? part.RemoveTensors(name => name == "output.weight") : part), "m-00001-of-00003.gguf", "split.tensors.count", "is 21, but the parts have 20");
        Refused(Spoiled((i, part) => _ = i == 2 ? part.Change("output.weight", t => t with { Name = "token_embd.weight" }) : part), "m-00003-of-00003.gguf", "token_embd.weight", "in an earlier part too");
        Refused(Spoiled((i, part) => _ = i == 1 ? part.Remove("split.no") : part), "m-00002-of-00003.gguf", "split.no", "is missing");
        Refused(Spoiled((i, part) => _ = i == 0 ? part.Remove("split.tensors.count") : part), "m-00001-of-00003.gguf", "split.tensors.count", "is missing");
    }

    [Theory]
    [InlineData(0, "split.count")]
    [InlineData(0, "split.no")]
    [InlineData(1, "split.no")]
    [InlineData(0, "split.tensors.count")]
    public void A_key_of_another_type_than_llama_cpp_takes_is_refused(int index, string key) =>
        Refused(Spoiled((i, part) => _ = i == index ? part.Set(key, (uint)(key == "split.count" ? 3 : key == "split.no" ? index : 21)) : part), $"m-0000{index + 1}-of-00003.gguf", key, "is UInt32, but must be");

    [Fact]
    public void A_damaged_part_is_named()
    {
        string[] paths = WriteParts(3);
        using (FileStream file = File.OpenWrite(paths[2]))
            file.SetLength(file.Length - 1);

        Refused(paths[0], paths[2], "output.weight", "truncated");
    }

    private string Spoiled(Action<int, GgufBuilder> spoil) => WriteParts(3, spoil)[0];

    private string[] WriteParts(int count, Action<int, GgufBuilder>? spoil = null) =>
        [.. TestGguf.Create().BuildParts(count, spoil).Select((part, i) => _folder.Write($"m-{i + 1:00000}-of-{count:00000}.gguf", part))];

    private void Refused(string path, string named, string field, string reason)
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));
        Assert.Equal((Path.GetFileName(named), field), (Path.GetFileName(error.Path), error.Field));
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<int>> AnswerAsync(string path)
    {
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Threads = 1, Parallel = 1, ContextLength = 128, Sampling = TestModel.Greedy },
            NullLogger.Instance,
            TestContext.Current.CancellationToken);
        return (await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = model.Tokenize("Once upon"), MaxTokens = 20, IgnoreEndOfSequence = true }))).Tokens;
    }
}
