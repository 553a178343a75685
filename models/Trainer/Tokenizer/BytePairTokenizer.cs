using System.Text;

namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>
/// A byte-level vocabulary of at most 2,048 tokens whose merges build whole words behind a space, letter by letter. Such merges
/// always begin at a space that a letter follows, so that the longest match there is exactly what byte-pair merging by
/// rank gives: no regular expression and no merge loop is needed to agree with llama.cpp (model gpt2, pre gpt-2).
/// Everything else, such as digits, quoted words and answers' letters, stays one token per byte.
/// </summary>
internal sealed class BytePairTokenizer
{
    /// <summary>Merges of a full vocabulary.</summary>
    public const int MaximumMerges = 2_048 - SpecialTokens.FirstByte - 256;

    private const int None = -1;

    private readonly string[] _tokens;
    private readonly byte[][] _bytes;
    private readonly int[] _next;

    /// <summary>Builds the tokenizer from its merges.</summary>
    /// <param name="merges">As GGUF has them: the left part, a space, one letter.</param>
    /// <exception cref="FormatException">A merge does not extend an earlier one, or the space, by an ASCII letter.</exception>
    public BytePairTokenizer(IReadOnlyList<string> merges)
    {
        Merges = [.. merges];
        int first = SpecialTokens.FirstByte + 256;
        _tokens = new string[first + merges.Count];
        _bytes = new byte[_tokens.Length][];
        _next = new int[_tokens.Length * 128];
        Array.Fill(_next, None);

        int id = 0;
        foreach (string special in SpecialTokens.Control.Concat(SpecialTokens.Roles))
            AddToken(id++, special, Encoding.ASCII.GetBytes(special));
        for (int value = 0; value < 256; value++)
            AddToken(id++, ByteAlphabet.Characters[value].ToString(), [(byte)value]);
        Dictionary<string, int> chains = new() { [ByteAlphabet.Space.ToString()] = ByteToken((byte)' ') };
        foreach (string merge in merges)
        {
            string[] parts = merge.Split(' ');
            if (parts is not [string left, [char letter]] || !char.IsAsciiLetter(letter)
                || !chains.TryGetValue(left, out int parent) || !chains.TryAdd(left + letter, id))
                throw new FormatException($"'{merge}' does not extend an earlier merge by one letter");
            _next[(parent * 128) + letter] = id;
            AddToken(id++, left + letter, [.. _bytes[parent], (byte)letter]);
        }
    }

    /// <summary>The merges by rank.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>All tokens as GGUF writes them.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Encodes text in which roles' names are tokens and control tokens are ordinary text.</summary>
    public void Encode(string text, List<int> tokens) => Encode(Encoding.UTF8.GetBytes(text), tokens);

    /// <summary>The text of tokens; control tokens are left out and broken UTF-8 is replaced.</summary>
    public string Decode(IEnumerable<int> tokens) => Encoding.UTF8.GetString(
        [.. tokens.Where(t => t >= SpecialTokens.Control.Count).SelectMany(t => _bytes[t])]);

    /// <summary>The token of one byte.</summary>
    public static int ByteToken(byte value) => SpecialTokens.FirstByte + value;

    private void AddToken(int id, string text, byte[] bytes)
    {
        _tokens[id] = text;
        _bytes[id] = bytes;
    }

    private void Encode(ReadOnlySpan<byte> text, List<int> tokens)
    {
        int at = 0;
        while (at < text.Length)
        {
            int role = RoleAt(text[at..]);
            if (role != None)
            {
                tokens.Add(role);
                at += _bytes[role].Length;
                continue;
            }

            int token = ByteToken(text[at++]);
            while (at < text.Length && text[at] < 128 && _next[(token * 128) + text[at]] is int longer and not None
                && RoleAt(text[at..]) == None)
            {
                token = longer;
                at++;
            }

            tokens.Add(token);
        }
    }

    private int RoleAt(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < SpecialTokens.Roles.Count; i++)
        {
            int token = SpecialTokens.Control.Count + i;
            if (text.StartsWith(_bytes[token]))
                return token;
        }

        return None;
    }
}
