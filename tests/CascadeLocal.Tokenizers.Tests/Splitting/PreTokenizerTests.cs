using System.Diagnostics;

using CascadeLocal.Tokenizers.Splitting;
using CascadeLocal.Tokenizers.Tests.Published;
using CascadeLocal.Tokenizers.Text;

using Xunit;

namespace CascadeLocal.Tokenizers.Tests.Splitting;

public sealed class PreTokenizerTests
{
    private const string Contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private const string Blanks = @"|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Qwen2 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Blanks;
    private const string DeepSeek =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*" + Blanks;

    private const string Cased = @"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+";
    private const string AllCapitals = @"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*";

    /// <summary>The expressions of llama.cpp, where they name no character beyond ASCII.</summary>
    public static TheoryData<string, string[]> Expressions => new()
    {
        { "gpt-2", [Gpt2] },
        { "starcoder", [@"\p{N}", Gpt2] },
        { "falcon", [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"] },
        { "default", [@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"] },
        { "llama-bpe", [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Blanks] },
        {
            "jais-2",
            [
                Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)"
                    + @"|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}",
            ]
        },
        { "qwen2", [Qwen2] },
        { "qwen35", [Contractions + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*" + Blanks] },
        { "bailingmoe", [@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"] },
        { "seed-coder", [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+" + Blanks] },
        { "laguna", [@"[^\n]+|[\n]+", Qwen2] },
        {
            "exaone-moe",
            [Contractions + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"]
        },
        { "minicpm5", [@"\p{N}{1,3}", Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*" + Blanks] },
        { "tekken", [$@"{Cased}|{AllCapitals}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*{Blanks}"] },
        { "gpt-4o", [$@"{Cased}{Contractions}?|{AllCapitals}{Contractions}?|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*{Blanks}"] },
        {
            "granite-embed-multi-97m",
            [
                ($@"{Cased}{Contractions}?|{AllCapitals}{Contractions}?").Replace(@"(?=[\p{L}])", @"(?=[\p{L}\p{M}])", StringComparison.Ordinal)
                    + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Blanks,
            ]
        },
        { "superbpe", [@"\p{N}+", @"(?=(\d{3})+(?!\d))"] },
        {
            "chameleon",
            ["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", @"([\t\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2]
        },
        { "deepseek-coder", [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u0800-\u9FA5\uAC00-\uD7FF]+", @"\p{N}"] },
        { "deepseek-v3", [@"\p{N}{1,3}", "[\u4E00-\u9FA5\u3040-\u30FF]+", DeepSeek] },
    };

    public static TheoryData<string> Names => [.. PreTokenizer.Names];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void It_cuts_where_its_expressions_match(string name, string[] expressions)
    {
        MixedTexts texts = new(name.Length);
        // The two that name characters beyond ASCII see only text without these.
        bool isAscii = name.StartsWith("deepseek", StringComparison.Ordinal);
        for (int i = 0; i < 3_000; i++)
        {
            string text = texts.Next();
            if (isAscii)
                text = string.Concat(text.Where(char.IsAscii));
            if (text.Length > 0)
                Assert.Equal((text, Joined(ExpressionTwin.Split(text, expressions))), (text, Joined(Split(name, text))));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_of_a_text_is_lost_or_doubled(string name)
    {
        MixedTexts texts = new(11);
        for (int i = 0; i < 500; i++)
        {
            string text = texts.Next();
            Assert.Equal(text.EnumerateRunes().Count(), Split(name, text).Sum());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_long_run_takes_time_in_proportion_to_its_length(string name)
    {
        // What is quadratic takes minutes over these.
        const int Length = 300_000;
        long start = Stopwatch.GetTimestamp();
        foreach (string unit in new[] { "Z", "éZ", "0", " ", "\n", " \n", "\u0301", ".", "中a", "'s", "\0" })
            Assert.NotEmpty(Split(name, string.Concat(Enumerable.Repeat(unit, Length / unit.Length))));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData("llama-bpe", "I'll pay $1234.50\n\n  now", "I|'ll| pay| $|123|4|.|50|\n\n| | now")]
    [InlineData("qwen2", "x=12;\n", "x|=|1|2|;\n")]
    [InlineData("tekken", "helloWorld JSON/", "hello|World| JSON|/")]
    [InlineData("kimi-k2", "漢字and12345", "漢字|and|123|45")]
    [InlineData("afmoe", "a1234567b", "a|1|234|567|b")]
    [InlineData("superbpe", "12345678", "12|345|678")]
    [InlineData("tiny_aya", "a  1234567 1234x", "a| | |1|234|567| |1|234|x")]
    [InlineData("deepseek-llm", "日本 привет, x1 ", "日本| привет|,| x|1| ")]
    [InlineData("poro-chat", "a, b.", "a|,| b|.")]
    [InlineData("youtu", "한국어。ab1", "한국어|。|ab|1")]
    [InlineData("gemma4", "a b\n\nc", "a\u2581b|\n\n|c")]
    public void Some_texts_by_hand(string name, string text, string expected)
    {
        if (PreTokenizer.Find(name)!.EscapesSpaces)
            text = text.Replace(' ', '\u2581');
        List<string> pieces = [];
        int at = 0;
        foreach (int length in Split(name, text))
        {
            pieces.Add(text.Substring(at, length));
            at += length;
        }

        Assert.Equal(expected, string.Join('|', pieces));
    }

    private static string Joined(IEnumerable<int> lengths) => string.Join(' ', lengths);

    private static List<int> Split(string name, string text)
    {
        CodePoint[] points = new CodePoint[text.Length];
        int count = CodePoint.Decode(text, points);
        Lengths lengths = new();
        IPieceSink last = lengths;
        foreach (Splitter splitter in PreTokenizer.Find(name)!.Splitters.AsEnumerable().Reverse())
            last = new SplitterLink(splitter, last);
        last.Take(points.AsSpan(0, count));
        return lengths.All;
    }

    private sealed class Lengths : IPieceSink
    {
        public List<int> All { get; } = [];

        public bool Take(ReadOnlySpan<CodePoint> piece)
        {
            All.Add(piece.Length);
            return true;
        }
    }
}
