namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>Chooses the words that become one token.</summary>
internal static class TokenizerLearner
{
    /// <summary>
    /// Takes the most frequent words behind a space, each with all its prefixes, while they fit. A word of which only a
    /// part would fit is passed over: half words cost entries and help nothing.
    /// </summary>
    /// <param name="texts">The texts to count in.</param>
    /// <param name="maximumMerges">How many prefixes fit.</param>
    public static BytePairTokenizer Learn(IEnumerable<string> texts, int maximumMerges = BytePairTokenizer.MaximumMerges)
    {
        Dictionary<string, int> counts = [];
        foreach (string text in texts)
            CountWords(text, counts);

        HashSet<string> prefixes = [];
        List<string> merges = [];
        foreach ((string word, _) in counts.Where(c => c.Value > 1).OrderByDescending(c => c.Value)
            .ThenBy(c => c.Key, StringComparer.Ordinal))
        {
            string[] missing = [.. Prefixes(word).Where(p => !prefixes.Contains(p))];
            if (merges.Count + missing.Length > maximumMerges)
                continue;
            foreach (string prefix in missing)
            {
                prefixes.Add(prefix);
                merges.Add($"{ByteAlphabet.Space}{prefix[..^1]} {prefix[^1]}");
            }
        }

        return new(merges);
    }

    private static IEnumerable<string> Prefixes(string word) =>
        Enumerable.Range(1, word.Length).Select(length => word[..length]);

    private static void CountWords(string text, Dictionary<string, int> counts)
    {
        for (int at = text.IndexOf(' ', StringComparison.Ordinal); at >= 0; at = text.IndexOf(' ', at + 1))
        {
            int end = at + 1;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
                end++;
            string word = text[(at + 1)..end];
            if (word.Length > 0 && !SpecialTokens.Roles.Any(r => word.Contains(r, StringComparison.Ordinal)))
                counts[word] = counts.GetValueOrDefault(word) + 1;
        }
    }
}
