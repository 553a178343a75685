using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Shapes;

/// <summary>
/// A vocabulary of any size: the control tokens of a maker's template and of ChatML, the bytes and merges of the shipped tier, and
/// made-up words behind them, which no text is tokenised into but which a model may say.
/// </summary>
internal sealed class ShapeVocabulary
{
    private const int NormalType = 1;
    private const int ControlType = 3;

    /// <summary>Makes the vocabulary.</summary>
    /// <param name="control">The control tokens.</param>
    /// <param name="tokenizer">Whose merges it has.</param>
    /// <param name="size">Tokens in all.</param>
    /// <exception cref="FormatException"><paramref name="size"/> is less than the tokens that must be.</exception>
    public ShapeVocabulary(ControlTokens control, BytePairTokenizer tokenizer, int size)
    {
        string[] special = [.. control.All.Union(ControlTokens.ChatMl.All)];
        List<string> tokens =
        [
            .. special,
            .. ByteAlphabet.Characters.Select(character => character.ToString()),
            .. tokenizer.Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)),
        ];
        if (tokens.Count > size)
            throw new FormatException($"a vocabulary of {size} tokens is too small: it has {tokens.Count} without any word of its own");
        while (tokens.Count < size)
            tokens.Add(ByteAlphabet.Space + Word(tokens.Count));
        Tokens = tokens;
        Merges = tokenizer.Merges;
        Types = [.. tokens.Select((_, id) => id < special.Length ? ControlType : NormalType)];
    }

    /// <summary>All tokens, as GGUF writes them.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The merges by rank.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>Their types, by llama.cpp's numbers.</summary>
    public IReadOnlyList<int> Types { get; }

    /// <summary>The id of a token that is there.</summary>
    public uint Id(string token) => (uint)Tokens.TakeWhile(other => other != token).Count();

    // The digits of a number as syllables; in capitals, so that no merge of the tier's words is one.
    private static string Word(int number)
    {
        const string Consonants = "BDFGKLMNPRSTVZ";
        const string Vowels = "AEIOU";
        string word = "";
        for (int rest = number; rest > 0; rest /= Consonants.Length * Vowels.Length)
        {
            int syllable = rest % (Consonants.Length * Vowels.Length);
            word += $"{Consonants[syllable / Vowels.Length]}{Vowels[syllable % Vowels.Length]}";
        }

        return word;
    }
}
