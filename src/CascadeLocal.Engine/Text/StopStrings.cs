using System.Text;

namespace CascadeLocal.Engine.Text;

/// <summary>Stop strings as UTF-8, each with the table that says where to go on after a mismatch (Knuth, Morris and Pratt).</summary>
internal sealed class StopStrings
{
    private readonly string[] _texts;
    private readonly byte[][] _patterns;
    private readonly int[][] _failures;

    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StopStrings(IReadOnlyList<string> texts)
    {
        if (texts.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string is empty.", nameof(texts));
        _texts = [.. texts];
        _patterns = [.. texts.Select(Encoding.UTF8.GetBytes)];
        _failures = Array.ConvertAll(_patterns, Failures);
    }

    public static StopStrings None { get; } = new([]);

    public int Count => _patterns.Length;

    public string Text(int stop) => _texts[stop];

    /// <summary>Bytes of a stop string.</summary>
    public int Length(int stop) => _patterns[stop].Length;

    /// <summary>
    /// The longest prefix of a stop string that the text ends with once <paramref name="next"/> is added, given that
    /// for the text before.
    /// </summary>
    public int Advance(int stop, int matched, byte next)
    {
        byte[] pattern = _patterns[stop];
        int[] failures = _failures[stop];
        if (matched == pattern.Length)
            matched = failures[matched - 1];
        while (matched > 0 && pattern[matched] != next)
            matched = failures[matched - 1];
        return pattern[matched] == next ? matched + 1 : 0;
    }

    // failures[i] is the length of the longest proper prefix of the pattern that pattern[..(i + 1)] ends with.
    private static int[] Failures(byte[] pattern)
    {
        int[] failures = new int[pattern.Length];
        for (int i = 1, matched = 0; i < pattern.Length; i++)
        {
            while (matched > 0 && pattern[matched] != pattern[i])
                matched = failures[matched - 1];
            if (pattern[matched] == pattern[i])
                matched++;
            failures[i] = matched;
        }

        return failures;
    }
}
