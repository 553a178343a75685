using System.Text;

using CascadeLocal.Tokenizers.Vocabularies;

using Xunit;

namespace CascadeLocal.Tokenizers.Tests;

/// <summary>What each kind of vocabulary makes of a text, on vocabularies that can be read.</summary>
public sealed class TokenizerTests
{
    private static readonly string[] Letters = [.. Enumerable.Range(' ', 95).Select(letter => letter == ' ' ? "Ġ" : ((char)letter).ToString())];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Byte_pairs_merge_by_rank_and_not_from_the_left()
    {
        TokenizerVocabulary vocabulary = Bpe("gpt-2", ["ab", "bc", "abc"], ["b c", "a b", "a bc"]);
        Assert.Equal("abc|a", Said(vocabulary, "abca"));
        Assert.Equal("ab|d", Said(vocabulary, "abd"));
    }

    [Fact]
    public void Some_vocabularies_take_a_word_that_is_a_token_whatever_the_merges_say()
    {
        Assert.Equal("abc", Said(Bpe("llama-bpe", ["abc"], []), "abc"));
        Assert.Equal("a|b|c", Said(Bpe("gpt-2", ["abc"], []), "abc"));
    }

    [Fact]
    public void A_byte_without_a_token_is_left_out() =>
        Assert.Equal("a|b", Said(Bpe("gpt-2", [], []), "aéb"));

    [Fact]
    public void Words_are_cut_before_they_are_merged() =>
        Assert.Equal("a|Ġb", Said(Bpe("gpt-2", ["aĠ", "Ġb"], ["a Ġ", "Ġ b"]), "a b"));

    [Fact]
    public void Gemmas_pieces_are_characters_and_what_is_missing_are_bytes()
    {
        TokenizerVocabulary vocabulary = Of("gemma4", "a", "▁", "a▁", "a▁a", "\n\n", "<0xC3>", "<0xA9>") with
        {
            Merges = ["a ▁"u8.ToArray(), "a▁ a"u8.ToArray()],
        };
        Assert.Equal("a▁a|\n\n|<0xC3>|<0xA9>", Said(vocabulary, "a a\n\né"));
    }

    [Fact]
    public void SentencePiece_puts_a_space_in_front_and_merges_the_best_score_first()
    {
        TokenizerVocabulary vocabulary = Of("llama", "<unk>", "▁", "a", "b", "▁a", "ab", "<0x21>") with { Scores = [0, 0, 0, 0, -2, -1, 0] };
        Assert.Equal("▁|ab|▁a", Said(vocabulary, "ab a"));
        Assert.Equal("▁|<0x21>", Said(vocabulary, "!"));
        Assert.Equal("ab", Said(vocabulary with { AddSpacePrefix = false }, "ab"));
        Assert.Equal("▁a|<unk>", Said(vocabulary, "a\u0001"));
    }

    [Fact]
    public void Word_pieces_are_the_longest_and_a_word_that_has_none_is_unknown()
    {
        TokenizerVocabulary vocabulary = Of("bert", "[UNK]", "▁un", "▁unhappy", "happy", "ly", "▁!", "▁日") with { UnknownToken = 0 };
        Assert.Equal("▁unhappy|ly|▁!|[UNK]|▁日", Said(vocabulary, "Ünhappyly! xyz日"));
        Assert.Equal("[UNK]", Said(vocabulary with { Lowercase = false }, "Unhappy"));
    }

    [Fact]
    public void Unigrams_are_those_of_the_highest_sum_and_unknown_ones_that_touch_are_one()
    {
        TokenizerVocabulary vocabulary = Of("t5", "<pad>", "</s>", "<unk>", "▁", "▁a", "ab", "b", "c", "bc") with
        {
            Kinds = [TokenKind.Control, TokenKind.Control, TokenKind.Unknown],
            Scores = [0, 0, 0, -3, -2, -9, -5, -5, -1],
            AddSpacePrefix = true,
            RemoveExtraWhitespaces = true,
        };
        Assert.Equal("▁a|bc", Said(vocabulary, "  abc"));
        Assert.Equal("▁a|<unk>|c", Said(vocabulary, "axyzc"));
        Assert.Equal("▁a|▁a", Said(vocabulary, "a   a"));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("t5")]
    public void The_usual_unknown_token_is_within_a_small_vocabulary(string model) => Assert.Equal("▁a", Said(Of(model, "▁", "▁a"), "xyz"));

    [Fact]
    public void A_charsmap_rewrites_the_longest_start_that_it_has()
    {
        Dictionary<string, string> map = new() { ["\u3000"] = " ", ["e\u0301"] = "é", ["e\u0301\u0302"] = "ê", ["ﬁ"] = "fi", ["\u200B"] = "" };
        TokenizerVocabulary vocabulary = Of("t5", "<unk>", "▁", "é", "ê", "fi", "e") with
        {
            Kinds = [TokenKind.Unknown],
            Scores = [0, -1, -1, -1, -1, -1],
            UnknownToken = 0,
            PrecompiledCharsMap = CharsMapWriter.Write(map),
        };
        Assert.Equal("é|▁|ê|e|fi|e", Said(vocabulary, "e\u0301\u3000e\u0301\u0302e\u200Bﬁe"));
    }

    [Fact]
    public void Rwkv_takes_the_longest_token_byte_by_byte()
    {
        TokenizerVocabulary vocabulary = Of("rwkv", "?", "a", "aa", "aaab", @"\n", @"\xc3") with { UnknownToken = 0 };
        Assert.Equal(@"aa|a|\n|\xc3|?", Said(vocabulary, "aaa\né"));
        Assert.Equal("aaab", Said(vocabulary, "aaab"));
    }

    [Fact]
    public void Plamo_takes_the_cheapest_way_and_of_equal_ones_the_longest_token()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        TokenizerVocabulary vocabulary = Of("plamo2", [.. bytes, "a", "b", "ab", "abc", "c"]) with
        {
            Kinds = [.. bytes.Select(_ => TokenKind.Byte)],
            Scores = [.. bytes.Select(_ => 0f), -1, -1, -2, -9, -1],
        };
        Assert.Equal("ab|c|<0xC3>|<0xA9>", Said(vocabulary, "abcé"));
        Assert.Equal("", Said(vocabulary, "\uFEFF"));
        Assert.Throws<TokenizerException>(() => Tokenizer.Create(Of("plamo2", "a")));
    }

    [Fact]
    public void Between_its_tags_dna_is_cut_into_six_bases()
    {
        TokenizerVocabulary vocabulary = Bpe("gpt-2", ["<dna>", "</dna>", "<oov>", "ACGTAC\uE000", "GAAAAA\uE000"], []) with { Model = "hybriddna" };
        Assert.Equal("a|<dna>|ACGTAC\uE000|GAAAAA\uE000|</dna>|b|<dna>|<oov>", Said(vocabulary, "a<dna>acgtacg</dna>b<dna>NN"));
    }

    [Fact]
    public void Of_user_defined_tokens_that_overlap_the_longer_is_cut_out()
    {
        TokenizerVocabulary vocabulary = Bpe("gpt-2", ["xy", "yzzz", "zz"], []);
        vocabulary = vocabulary with { Kinds = [.. vocabulary.Tokens.Select((_, id) => id < Letters.Length ? TokenKind.Normal : TokenKind.UserDefined)] };
        Assert.Equal("x|yzzz|a", Said(vocabulary, "xyzzza"));
        Assert.Equal("xy|zz|a|zz|zz|z", Said(vocabulary, "xyzzazzzzz"));
    }

    [Fact]
    public void What_user_defined_tokens_leave_is_one_word_with_the_text_around_it()
    {
        TokenizerVocabulary vocabulary = Bpe("gpt-2", ["ab", "bcd", "cde", "ef", "xa"], ["x a", "e f"]);
        vocabulary = vocabulary with
        {
            Kinds = [.. vocabulary.Tokens.Select((_, id) => id >= Letters.Length && id < Letters.Length + 3 ? TokenKind.UserDefined : TokenKind.Normal)],
        };
        // Of equally long ones that of the lower id.
        Assert.Equal("xa|bcd|ef", Said(vocabulary, "xabcdef"));
    }

    [Fact]
    public void A_control_token_is_never_read_from_a_text()
    {
        foreach (string pre in Tokenizer.PreTokenizers)
        {
            TokenizerVocabulary vocabulary = Bpe(pre, ["stop", "<|im_end|>"], ["s t", "o p", "st op"]);
            TokenKind[] kinds = [.. vocabulary.Tokens.Select((_, id) => id < Letters.Length ? TokenKind.Normal : TokenKind.Control)];
            List<int> ids = [];
            Tokenizer.Create(vocabulary with { Kinds = kinds }).Tokenize("stop <|im_end|> stop", ids, int.MaxValue, Token);
            Assert.DoesNotContain(ids, id => kinds[id] == TokenKind.Control);
        }
    }

    [Theory]
    [InlineData("gpt2", "no-such-kind")]
    [InlineData("no-such-model", null)]
    public void A_kind_that_is_not_known_is_refused_by_name(string model, string? pre)
    {
        TokenizerException error = Assert.Throws<TokenizerException>(() => Tokenizer.Create(Of(model, "a") with { PreTokenizer = pre }));
        Assert.Contains(pre ?? model, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_charsmap_that_is_cut_short_is_refused()
    {
        foreach (byte[] map in new byte[][] { [1], [4, 0, 0, 0], [200, 0, 0, 0, 1, 2], [0, 0, 0, 0, 65] })
            Assert.Throws<TokenizerException>(() => Tokenizer.Create(Of("t5", "a") with { PrecompiledCharsMap = map }));
    }

    [Fact]
    public void A_text_that_has_more_tokens_than_are_wanted_is_not_looked_at_to_its_end()
    {
        Tokenizer tokenizer = Tokenizer.Create(Of("llama", "<unk>", "▁", "a", "b"));
        List<int> ids = [];
        int count = tokenizer.Tokenize(string.Concat(Enumerable.Repeat("ab ", 100_000)), ids, atMost: 200_000, Token);
        Assert.InRange(count, 200_001, 300_001);
        Assert.InRange(ids.Count, 0, 200_010);

        // Where no token is that long, it is known before the first.
        ids.Clear();
        Assert.InRange(tokenizer.Tokenize(new string('a', 1 << 20), ids, atMost: 100, Token), 101, 1 << 20);
        Assert.Empty(ids);
    }

    [Fact]
    public async Task It_ends_when_nobody_waits_any_more()
    {
        foreach (TokenizerVocabulary vocabulary in new[] { Bpe("tekken", ["aa"], ["a a", "aa aa"]), Of("llama", "<unk>", "▁", "a", "aa"), Of("bert", "[UNK]", "▁a", "aa") })
        {
            Tokenizer tokenizer = Tokenizer.Create(vocabulary);
            using CancellationTokenSource left = new();
            Task work = Task.Run(() => tokenizer.Tokenize(new string('a', 40_000_000), [], int.MaxValue, left.Token), Token);
            await left.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_replacement_character() =>
        Assert.Equal(Said(Of("rwkv", "?", "a", @"\xef", @"\xbf", @"\xbd"), "a\uFFFD"), Said(Of("rwkv", "?", "a", @"\xef", @"\xbf", @"\xbd"), "a\uD800"));

    private static TokenizerVocabulary Bpe(string pre, string[] more, string[] merges) => Of("gpt2", [.. Letters, .. more]) with
    {
        PreTokenizer = pre,
        Merges = [.. merges.Select(Encoding.UTF8.GetBytes)],
    };

    private static TokenizerVocabulary Of(string model, params string[] tokens) => new()
    {
        Model = model,
        Tokens = [.. tokens.Select(Encoding.UTF8.GetBytes)],
    };

    private static string Said(TokenizerVocabulary vocabulary, string text)
    {
        List<int> ids = [];
        Assert.Equal(Tokenizer.Create(vocabulary).Tokenize(text, ids, int.MaxValue, Token), ids.Count);
        return string.Join('|', ids.Select(id => Encoding.UTF8.GetString(vocabulary.Tokens[id])));
    }
}
