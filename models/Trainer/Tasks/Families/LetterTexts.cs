using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Words and made-up words to do something with, letter by letter.</summary>
internal static class LetterTexts
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>A word of one of the lengths, or as often random letters.</summary>
    public static string Draw(Random random, int shortest, int longest)
    {
        if (random.Next(2) == 0)
        {
            string word = random.Pick(CommonWords.All);
            if (word.Length >= shortest && word.Length <= longest)
                return word;
        }
        return Random(random, Alphabet, random.Between(shortest, longest));
    }

    /// <summary>Random letters among which <paramref name="letter"/> stands <paramref name="times"/> times.</summary>
    public static string WithLetter(Random random, char letter, int times, int length)
    {
        string others = Random(random, Alphabet.Replace($"{letter}", "", StringComparison.Ordinal), length - times);
        char[] letters = [.. others, .. Enumerable.Repeat(letter, times)];
        random.Shuffle(letters);
        return new string(letters);
    }

    /// <summary>One letter.</summary>
    public static char Letter(Random random) => Alphabet[random.Next(Alphabet.Length)];

    private static string Random(Random random, string letters, int length) =>
        string.Create(length, (random, letters), static (text, source) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = source.letters[source.random.Next(source.letters.Length)];
        });
}
