using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>
/// What passes our checks must not kill llama.cpp, and what looks odd and does no harm must pass. The models are evaluated by a
/// second copy of this program, so that a death is seen.
/// </summary>
public sealed class NativeSurvivalTests : IDisposable
{
    private static readonly string[] SpecialTokens =
        ["eot", "eom", "unknown", "seperator", "padding", "cls", "mask", "fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep"];

    /// <summary>Models that somebody may well have, and that answer all the same.</summary>
    private static readonly Dictionary<string, Action<GgufBuilder>> Oddities = new()
    {
        ["a string of no characters"] = b => b.Set("general.license", ""),
        ["an empty template"] = b => b.Set("tokenizer.chat_template", ""),
        ["a temperature below 0"] = b => b.Set("general.sampling.temp", -1f),
        ["a temperature as text"] = b => b.Set("general.sampling.temp", "warm"),
        ["labels of a classifier"] = b => b.Set("llama.classifier.output_labels", ["yes", "no"]),
        ["an unknown key"] = b => b.Set("llama.made_up", "by somebody").Set("made.up", 1f),
        ["an unknown list"] = b => b.Set("made.up", ["by", "somebody"]),
        ["an unknown token type"] = b => b.Set("tokenizer.ggml.token_type", [.. Enumerable.Repeat(99, TestGguf.VocabularySize)]),
        ["an alignment of 4,096"] = b => { b.Alignment = 4096; b.Set("general.alignment", 4096u); },
        ["an alignment of 1"] = b => { b.Alignment = 1; b.Set("general.alignment", 1u); },
        ["version 2"] = b => b.Version = 2,
        ["a date of the future"] = b => b.Set("general.file_type", 999u).Set("general.quantization_version", 77u),
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_models_that_pass_the_checks_do_not_kill_llama_cpp()
    {
        int files = WriteSurvivors(wanted: 400);
        Dictionary<string, NativeOutcome> outcomes = NativeChild.EvaluateAll(_folder.Path);

        Assert.Empty(outcomes.Where(outcome => outcome.Value == NativeOutcome.Died).Select(outcome => outcome.Key));
        Assert.Equal(files, outcomes.Count);
    }

    [Fact]
    public void Odd_models_that_do_no_harm_pass_the_checks_and_answer()
    {
        foreach ((string name, Action<GgufBuilder> change) in Oddities)
            Write(name, change);
        foreach (string token in SpecialTokens)
            Write($"token {token} beyond the vocabulary", b => b.Set($"tokenizer.ggml.{token}_token_id", (uint)TestGguf.VocabularySize));
        Write("an unknown token of -1", b => b.Set("tokenizer.ggml.unknown_token_id", uint.MaxValue));
        File.WriteAllBytes(Path.Combine(_folder.Path, "bytes behind the end.gguf"), [.. TestGguf.Create().Build(), .. new byte[1000]]);

        string[] refused = [.. Directory.GetFiles(_folder.Path).Where(path => !NativeLlama.Accepts(path)).Select(Path.GetFileName)!];
        Assert.Empty(refused);
        Dictionary<string, NativeOutcome> outcomes = NativeChild.EvaluateAll(_folder.Path);
        Assert.Equal(Oddities.Count + SpecialTokens.Length + 2, outcomes.Count);
        Assert.All(outcomes, outcome => Assert.Equal(NativeOutcome.Evaluated, outcome.Value));
    }

    [Fact(Explicit = true)]
    public void The_child_evaluates_the_models_of_a_folder() => NativeChild.Work();

    private void Write(string name, Action<GgufBuilder> change)
    {
        GgufBuilder builder = TestGguf.Create();
        change(builder);
        _folder.Write(name + ".gguf", builder.Build());
    }

    private int WriteSurvivors(int wanted)
    {
        byte[] model = TestGguf.Create().Build(out int headerBytes);
        Random random = new(22);
        int written = 0;
        while (written < wanted)
        {
            GgufMutation mutation = GgufMutation.Draw(random, model, headerBytes);
            string path = _folder.Write($"{mutation.Position}-{Convert.ToHexString(mutation.Bytes)}.gguf", mutation.Apply(model));
            if (NativeLlama.Accepts(path))
                written++;
            else
                File.Delete(path);
        }

        return Directory.GetFiles(_folder.Path, "*.gguf").Length;
    }
}
