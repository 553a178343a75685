using System.Buffers;
using System.Text;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Finds the texts of a vocabulary's control tokens. At each place the longest one counts, as in llama.cpp. Tokens of a
/// single character are left out: they could not be told from text, so they are text.
/// </summary>
internal sealed class ControlMarkup
{
    private readonly Dictionary<string, ControlToken> _byText = new(StringComparer.Ordinal);
    private readonly int[] _lengths;
    private readonly SearchValues<string> _texts;

    public ControlMarkup(IEnumerable<ControlToken> tokens)
    {
        foreach (ControlToken token in tokens)
        {
            if (token.Text.Length > 1)
                _byText.TryAdd(token.Text, token);
        }

        _lengths = [.. _byText.Keys.Select(text => text.Length).Distinct().OrderDescending()];
        _texts = SearchValues.Create([.. _byText.Keys], StringComparison.Ordinal);
    }

    /// <summary>The first control token's text in <paramref name="text"/>; the longest where several start there.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out int index, out ControlToken token)
    {
        index = text.IndexOfAny(_texts);
        if (index >= 0)
        {
            var lookup = _byText.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (int length in _lengths)
            {
                if (index + length <= text.Length && lookup.TryGetValue(text.Slice(index, length), out token))
                    return true;
            }
        }

        token = default;
        return false;
    }

    /// <summary>
    /// Puts <paramref name="marker"/> behind the first character of every control token's text, so that none is left.
    /// </summary>
    public string Break(string text, char marker)
    {
        if (!TryFind(text, out int index, out _))
            return text;
        StringBuilder result = new(text.Length + 16);
        int done = 0;
        do
        {
            // Go on one character later: texts of control tokens may overlap, and each has to be broken.
            int next = done + index + 1;
            result.Append(text, done, next - done).Append(marker);
            done = next;
        }
        while (TryFind(text.AsSpan(done), out index, out _));
        return result.Append(text, done, text.Length - done).ToString();
    }
}
