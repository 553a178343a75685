namespace CascadeLocal.Routing.Embedding.Tokenizer;

/// <summary>What a code point means to BERT's tokeniser.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Part of a word.</summary>
    Word,

    /// <summary>Dropped without leaving a gap: control and format characters, private use, accents.</summary>
    Removed,

    /// <summary>Ends a word.</summary>
    Space,

    /// <summary>An ideograph, a word of its own.</summary>
    Cjk,

    /// <summary>A word of its own.</summary>
    Punctuation,
}
