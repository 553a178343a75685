namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>GPT-2's way to write any byte as a printable character.</summary>
internal static class ByteAlphabet
{
    /// <summary>How the space is written.</summary>
    public const char Space = '\u0120';

    /// <summary>The character of each byte. A byte's token is its place here plus <see cref="SpecialTokens.FirstByte"/>.</summary>
    public static IReadOnlyList<char> Characters { get; } = Create();

    private static char[] Create()
    {
        char[] characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = isPrintable ? (char)value : (char)next++;
        }

        return characters;
    }
}
