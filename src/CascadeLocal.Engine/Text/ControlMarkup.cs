using System.Buffers;

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

    /// <summary>The most characters of a control token's text; 0 if there is none.</summary>
    public int LongestText => _lengths.Length > 0 ? _lengths[0] : 0;

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
}
