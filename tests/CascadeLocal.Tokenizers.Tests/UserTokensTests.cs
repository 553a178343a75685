using System.Text;

using CascadeLocal.Tokenizers.Models;
using CascadeLocal.Tokenizers.Vocabularies;

using Xunit;

namespace CascadeLocal.Tokenizers.Tests;

/// <summary>User-defined tokens that overlap in every way, against the slow and obvious way, which is llama.cpp's.</summary>
public sealed class UserTokensTests
{
    [Fact]
    public void They_are_cut_out_as_by_a_pass_over_the_text_for_each()
    {
        Random random = new(5);
        for (int round = 0; round < 20_000; round++)
        {
            string letters = round % 2 == 0 ? "ab" : "aaab";
            string RandomText(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)]));
            string[] tokens = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => RandomText(random.Next(1, 9))).Distinct()];
            string text = RandomText(random.Next(1, 60));
            int placesAtATime = random.Next(1, 12);
            Assert.Equal(
                (string.Join(' ', tokens), text, placesAtATime, OneByOne(tokens, text)),
                (string.Join(' ', tokens), text, placesAtATime, AtOnce(tokens, text, placesAtATime)));
        }
    }

    [Theory]
    [InlineData('\n')]
    [InlineData('▁')]
    public void A_run_is_cut_from_the_left_however_long_it_is(char letter)
    {
        string[] tokens = [.. Enumerable.Range(1, 31).Select(length => new string(letter, length))];
        foreach (int length in new[] { 1, 31, 32, 100, 4_096, 100_000 })
        {
            string expected = string.Concat(Enumerable.Repeat("30 ", length / 31)) + (length % 31 > 0 ? $"{(length % 31) - 1}" : "");
            Assert.Equal(expected.TrimEnd(), AtOnce(tokens, new string(letter, length), 1 << 12));
        }
    }

    [Fact]
    public void A_token_that_is_no_text_is_in_no_text()
    {
        TokenizerVocabulary vocabulary = new() { Model = "rwkv", Tokens = [[0xC3], "é"u8.ToArray()], Kinds = [TokenKind.UserDefined, TokenKind.Normal] };
        Assert.Equal("(é\uFFFD)", Said(new(vocabulary), "é\uFFFD"));
    }

    private static string AtOnce(string[] tokens, string text, int placesAtATime) => Said(new(
        new()
        {
            Model = "rwkv",
            Tokens = [.. tokens.Select(Encoding.UTF8.GetBytes)],
            Kinds = [.. tokens.Select(_ => TokenKind.UserDefined)],
        },
        placesAtATime), text);

    private static string Said(UserTokens userTokens, string text)
    {
        List<int> ids = [];
        Stretches stretches = new(ids);
        userTokens.Tokenize(text, stretches, new(ids, int.MaxValue, TestContext.Current.CancellationToken));
        return string.Join(' ', ids.Select(id => id >= 0 ? $"{id}" : $"({stretches.Texts[~id]})"));
    }

    private static string OneByOne(string[] tokens, string text)
    {
        List<(string Text, int Id)> parts = [(text, -1)];
        foreach (int id in Enumerable.Range(0, tokens.Length).OrderByDescending(id => tokens[id].Length))
            parts = [.. parts.SelectMany(part => part.Id >= 0 ? [part] : Cut(part.Text, tokens[id], id))];
        return string.Join(' ', parts.Where(part => part.Text.Length > 0).Select(part => part.Id >= 0 ? $"{part.Id}" : $"({part.Text})"));
    }

    private static IEnumerable<(string Text, int Id)> Cut(string text, string token, int id)
    {
        string[] rest = text.Split(token);
        for (int i = 0; i < rest.Length; i++)
        {
            if (i > 0)
                yield return (token, id);
            yield return (rest[i], -1);
        }
    }

    /// <summary>Keeps the stretches between tokens; an id below zero stands for each.</summary>
    private sealed class Stretches(List<int> ids) : TokenModel, ITextSink
    {
        public List<string> Texts { get; } = [];

        public override ITextSink Begin(TokenSink sink) => this;

        public void Take(ReadOnlySpan<char> text)
        {
            ids.Add(~Texts.Count);
            Texts.Add(text.ToString());
        }
    }
}
