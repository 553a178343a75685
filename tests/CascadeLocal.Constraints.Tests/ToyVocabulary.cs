using System.Text;

using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;
using CascadeLocal.Contracts;

namespace CascadeLocal.Constraints.Tests;

/// <summary>A vocabulary of every byte, of pieces that JSON is made of, of halves of characters and of pieces put together by chance.</summary>
internal sealed class ToyVocabulary
{
    private static readonly string[] Words =
    [
        "{\"", "\":", "\": ", "\": \"", "\",", "\", \"", "\"}", "\"]", "\"},", "[{", "}]", "[[", "]]", "{}", "[]", ", ", ": ", "true", "false", "null", "tr", "ue", "nul",
        "12", "00", "-1", "0.5", "1e", "\\n", "\\\"", "\\u", "\\u00", "\\ud83d", "\\ude00", "the", " a", "name", "kind", "id", "value", "é", "日本", "日", "😀", "ab", "abc",
        "\n", "\r\n", "  ", "\t", "<", "tool", "_call>", "<tool_call>", "a\u0301", "xyzzy", "2024-", "-01", "T00:", "@", "http", "://",
    ];

    private readonly List<byte[]> _pieces = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];

    public ToyVocabulary(int seed)
    {
        Random random = new(seed);
        _pieces.AddRange(Words.Select(Encoding.UTF8.GetBytes));
        byte[] wide = Encoding.UTF8.GetBytes("日😀é");
        _pieces.AddRange([wide[..2], wide[1..3], wide[1..4], wide[3..5], wide[4..7], wide[5..8], [0xA4, 0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]]);
        while (_pieces.Count < 600)
            _pieces.Add([.. _pieces[random.Next(_pieces.Count)], .. _pieces[random.Next(_pieces.Count)]]);
        Empty = _pieces.Count;
        _pieces.Add([]);
        End = _pieces.Count;
        _pieces.Add(Encoding.UTF8.GetBytes("<|end|>"));
        Trie = new(_pieces.Count, token => _pieces[token], [End]);
    }

    public TokenTrie Trie { get; }

    public int Count => _pieces.Count;

    /// <summary>The token that ends an answer.</summary>
    public int End { get; }

    /// <summary>A token without bytes.</summary>
    public int Empty { get; }

    public ReadOnlySpan<byte> this[int token] => _pieces[token];

    /// <summary>The token of these very bytes.</summary>
    public int Of(params byte[] piece) => _pieces.FindIndex(other => other.AsSpan().SequenceEqual(piece));

    /// <summary>The token of a text.</summary>
    public int Of(string piece) => Of(Encoding.UTF8.GetBytes(piece));

    /// <summary>The tokens of a set, in ascending order.</summary>
    public List<int> In(ReadOnlySpan<ulong> mask)
    {
        List<int> tokens = [];
        for (int token = 0; token < Count; token++)
        {
            if ((mask[token >> 6] >> token & 1) != 0)
                tokens.Add(token);
        }

        return tokens;
    }
}

/// <summary>Constraints in a line.</summary>
internal static class Compiled
{
    public static CompiledConstraint Schema(string schema, ConstraintLimits? limits = null) => ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.JsonSchema, schema), limits);

    public static CompiledConstraint Regex(string regex, ConstraintLimits? limits = null) => ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.Regex, regex), limits);

    public static CompiledConstraint Grammar(string grammar, ConstraintLimits? limits = null) => ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.Grammar, grammar), limits);

    public static bool Accepts(this CompiledConstraint constraint, string text) => constraint.Accepts(Encoding.UTF8.GetBytes(text));

    public static bool AcceptsPrefix(this CompiledConstraint constraint, string text) => constraint.AcceptsPrefix(Encoding.UTF8.GetBytes(text));
}
