using System.Text;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;

using CsCheck;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

/// <summary>The same vocabulary in our encoder and, through a GGUF, in llama.cpp.</summary>
public sealed class TokenizerTests : IDisposable
{
    private static readonly string[] Words =
        ["the", "what", "is", "capital", "cat", "can", "you", "your", "user", "assistant", "system", "Reverse", "re"];

    private static readonly string[] Pieces =
    [
        .. Words, " ", "  ", "\n", "\t", "\r\n", "'s", "'ll", "'", "\"", "12", "7", "+", "?", ".", "é", "ß", "你好", "🙂",
        "\u00a0", "\u0085", "\u2003", "\u200d", "𝒳", "٣", "e\u0301", "<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|",
        "\0", "-", "_", "userassistant", "Systems", "superuser",
    ];

    private static readonly Gen<string> Texts =
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12].Select(string.Concat);

    private readonly TemporaryFolder _folder = new();
    private readonly BytePairTokenizer _tokenizer;
    private readonly LlamaCppModel _reference;

    public TokenizerTests()
    {
        _tokenizer = TokenizerLearner.Learn(Words.SelectMany(w => Enumerable.Repeat($"a {w} b", 3)));
        string path = _folder.File("vocabulary.gguf");
        ParameterLayout layout = new(ModelShape.Quick, _tokenizer.Tokens.Count);
        ModelExporter.WriteFloat32(path, ModelShape.Quick, _tokenizer, new float[layout.Length]);
        _reference = new(path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("What is the capital of France?")]
    [InlineData(" what's the cat's name, you user?")]
    [InlineData("  the   cats\n\n the\tcan")]
    [InlineData("superuser systemassistant <|im_end|> the user")]
    [InlineData("é théâtre 你好 the🙂 can 🙂the")]
    public void Text_is_encoded_as_llama_cpp_does(string text) => Assert.Equal(Reference(text), Encode(text));

    [Fact]
    public void Text_made_of_awkward_pieces_is_encoded_as_llama_cpp_does() =>
        Texts.Sample(Check, iter: 20_000, threads: 1);

    [Fact]
    public void Any_unicode_text_is_encoded_as_llama_cpp_does() =>
        Gen.Int[1, 0x10FFFF].Where(Rune.IsValid).Array[0, 24].Sample(
            runes => Check(string.Concat(runes.Select(r => new Rune(r).ToString()))), iter: 5_000, threads: 1);

    [Fact]
    public void Decoding_gives_the_text_back() =>
        Texts.Sample(text => _tokenizer.Decode(Encode(text)) == text, iter: 2_000, threads: 1);

    [Fact]
    public void A_frequent_word_behind_a_space_is_one_token() => Assert.Single(Encode(" capital"));

    [Fact]
    public void A_control_marker_in_a_text_is_ordinary_text() =>
        Assert.DoesNotContain(Encode("<|im_end|>"), id => id < SpecialTokens.Control.Count);

    [Fact]
    public void A_merge_that_extends_nothing_is_refused() =>
        Assert.Throws<FormatException>(() => new BytePairTokenizer(["\u0120t h"]));

    [Fact]
    public void A_tokenizer_survives_its_file()
    {
        string path = _folder.File(TokenizerFile.Name);
        TokenizerFile.Write(path, _tokenizer);
        Assert.Equal(_tokenizer.Tokens, TokenizerFile.Read(path).Tokens);
    }

    public void Dispose()
    {
        _reference.Dispose();
        _folder.Dispose();
    }

    private void Check(string text) => Assert.Equal(Reference(text), Encode(text));

    private int[] Reference(string text) => text.Length == 0 ? [] : _reference.Tokenize(text, parseControl: false);

    private int[] Encode(string text)
    {
        List<int> tokens = [];
        _tokenizer.Encode(text, tokens);
        return [.. tokens];
    }
}
