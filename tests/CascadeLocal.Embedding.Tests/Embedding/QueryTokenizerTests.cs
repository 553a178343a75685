using CascadeLocal.Routing.Embedding;

using CsCheck;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Word pieces of a vocabulary that can be read at a glance.</summary>
public sealed class QueryTokenizerTests
{
    private static readonly string[] Vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##b", "##a", "?", "中", "e", "ᄀ", "##ᅡ", "##ᄀ"];

    [Theory]
    [InlineData("", "")]
    [InlineData("A ab", "a a ##b")]
    [InlineData("a?b", "a ? b")]
    [InlineData("a中b", "a 中 b")]
    [InlineData("É e\u0301", "e e")]
    [InlineData("가", "ᄀ ##ᅡ")]
    [InlineData("a\u200bb", "a ##b")]
    [InlineData("a\u3000b", "a b")]
    [InlineData("a[MASK]b", "a [MASK] b")]
    [InlineData("[mask]", "[UNK] [UNK] [UNK]")]
    [InlineData("a🙂", "[UNK]")]
    public void A_text_becomes_pieces(string text, string pieces) => Assert.Equal($"[CLS] {pieces} [SEP]".Replace("  ", " "), Pieces(text));

    [Fact]
    public void Half_a_surrogate_pair_is_dropped() => Assert.Equal("[CLS] a ##b [SEP]", Pieces("a\ud800b"));

    [Fact]
    public void A_word_of_more_than_100_characters_is_unknown()
    {
        Assert.Equal(102, Encode(new string('a', 100)).Length);
        Assert.Equal("[CLS] [UNK] b [SEP]", Pieces(new string('a', 101) + " b"));
        Assert.Equal("[CLS] [UNK] [SEP]", Pieces(string.Concat(Enumerable.Repeat("가", 51))));
        Assert.Equal(102, Encode(string.Concat(Enumerable.Repeat("가", 50))).Length);
    }

    [Fact]
    public void Of_a_long_text_the_ends_are_kept_or_the_head()
    {
        string text = "a a a a a a b b b b b b";
        Assert.Equal("[CLS] a a a b b b [SEP]", Pieces(text, 8));
        Assert.Equal("[CLS] a a a b b b b [SEP]", Pieces(text, 9));
        Assert.Equal("[CLS] a a a a a a [SEP]", Pieces(text, 8, LongTextRule.Head));
    }

    [Fact]
    public void Of_a_very_long_text_only_the_ends_are_looked_at()
    {
        string text = "a" + new string(' ', QueryTokenizer.EndCharacters) + "? ? ?" + new string(' ', QueryTokenizer.EndCharacters) + "b";
        Assert.Equal("[CLS] a b [SEP]", Pieces(text));
    }

    [Fact]
    public void No_text_gives_too_many_pieces_or_an_error() =>
        Gen.String.Sample(text =>
        {
            int[] ids = Encode(text, 16);
            Assert.InRange(ids.Length, 2, 16);
            Assert.All(ids, id => Assert.InRange(id, 0, Vocabulary.Length - 1));
        });

    [Fact]
    public void A_vocabulary_without_special_tokens_is_refused() =>
        Assert.Contains("[SEP]", Assert.Throws<EmbeddingException>(
            () => new QueryTokenizer(["[CLS]", "[UNK]"], true, 16, LongTextRule.Head)).Message);

    private static int[] Encode(string text, int most = 256, LongTextRule rule = LongTextRule.HeadAndTail) =>
        new QueryTokenizer(Vocabulary, true, most, rule).Encode(text);

    private static string Pieces(string text, int most = 256, LongTextRule rule = LongTextRule.HeadAndTail) =>
        string.Join(' ', Encode(text, most, rule).Select(id => Vocabulary[id]));
}
