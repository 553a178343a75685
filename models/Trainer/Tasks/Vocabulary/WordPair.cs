namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>A word and what it becomes.</summary>
internal readonly record struct WordPair(string Word, string Result)
{
    /// <summary>Reads pairs written as <c>word:result</c>, separated by white space.</summary>
    public static IReadOnlyList<WordPair> Parse(string text)
    {
        List<WordPair> pairs = [];
        foreach (string entry in text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            pairs.Add(new WordPair(Spaced(entry[..colon]), Spaced(entry[(colon + 1)..])));
        }
        return pairs;
    }

    private static string Spaced(string word) => word.Replace('_', ' ');
}
