using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Prefixes;

/// <summary>
/// The stored prefixes of one key, no two alike, in the order of their tokens: those that share most with a prompt stand beside each other, where the
/// prompt would stand itself. However many there are, a look at them is a binary search. Not thread-safe.
/// </summary>
internal sealed class PrefixIndex
{
    /// <summary>Of those that share equally much with a prompt so many are looked at on either side.</summary>
    private const int Neighbours = 32;

    private readonly List<StoredPrefix> _sorted = [];

    /// <summary>Prefixes that it holds.</summary>
    public int Count => _sorted.Count;

    /// <summary>Takes one in.</summary>
    public void Add(StoredPrefix prefix) => _sorted.Insert(PlaceOf(prefix.Tokens), prefix);

    /// <summary>Gives one up.</summary>
    public void Remove(StoredPrefix prefix) => _sorted.RemoveAt(PlaceOf(prefix.Tokens));

    /// <summary>One that begins with these tokens, the one that holds no more if there is that; null where none does.</summary>
    public StoredPrefix? Covering(ReadOnlySpan<int> tokens)
    {
        int place = PlaceOf(tokens);
        return place < _sorted.Count && _sorted[place].Tokens.AsSpan().StartsWith(tokens) ? _sorted[place] : null;
    }

    /// <summary>The longest that these tokens begin with; null where they begin with none.</summary>
    public StoredPrefix? LongestWithin(ReadOnlySpan<int> tokens)
    {
        // What stands before the tokens shares the most with them; if they do not begin with all of it, then with no more than that.
        while (!tokens.IsEmpty)
        {
            int place = PlaceOf(tokens);
            if (place < _sorted.Count && _sorted[place].Tokens.AsSpan().SequenceEqual(tokens))
                return _sorted[place];
            if (place == 0)
                return null;
            StoredPrefix before = _sorted[place - 1];
            int common = tokens.CommonPrefixLength(before.Tokens);
            if (common == before.Tokens.Length)
                return before;
            tokens = tokens[..common];
        }

        return null;
    }

    /// <summary>Those that share the most tokens with a prompt, or some of them where there are many.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="common">How many they share; 0 where there are none.</param>
    public ReadOnlySpan<StoredPrefix> Nearest(ReadOnlySpan<int> tokens, out int common)
    {
        int place = PlaceOf(tokens);
        common = Math.Max(Common(tokens, place - 1), Common(tokens, place));
        int first = place, end = place;
        while (first > Math.Max(0, place - Neighbours) && Common(tokens, first - 1) == common)
            first--;
        while (end < Math.Min(_sorted.Count, place + Neighbours) && Common(tokens, end) == common)
            end++;
        return CollectionsMarshal.AsSpan(_sorted)[first..end];
    }

    private int Common(ReadOnlySpan<int> tokens, int place) =>
        place >= 0 && place < _sorted.Count ? tokens.CommonPrefixLength(_sorted[place].Tokens) : 0;

    /// <summary>How many stand before these tokens.</summary>
    private int PlaceOf(ReadOnlySpan<int> tokens)
    {
        int low = 0, high = _sorted.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_sorted[middle].Tokens.AsSpan().SequenceCompareTo(tokens) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
