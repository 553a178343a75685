using CascadeLocal.Constraints.Automata;

namespace CascadeLocal.Constraints.Vocabularies;

/// <summary>Finds the tokens that a state allows, by a walk over the trie that leaves out every subtree whose first byte does not fit.</summary>
internal static class MaskWalk
{
    // Below that, the walk itself is quicker than a look at the whole subtree.
    private const int WorthALook = 24;

    /// <summary>Adds the allowed tokens to a mask; those that end an answer too, where it may end.</summary>
    public static void Fill<T>(ParserState state, TokenTrie trie, ulong[] mask, ref T stepper)
        where T : struct, IStepper
    {
        TrieNodes nodes = trie.All;
        // Without a letter there is no string to be inside of.
        if (state.Plain is not null || stepper.Step(state, (byte)'e') is { Items.Length: > 0 } or { Accepts: true })
        {
            int characters = TextRuns.Characters(state, ref stepper);
            if (characters >= 0)
            {
                trie.Plain(characters).CopyTo(mask);
                nodes = trie.Rest;
            }
        }

        if (state.Accepts)
        {
            for (int word = 0; word < mask.Length; word++)
                mask[word] |= trie.Ends[word];
        }

        Walk(state, nodes, mask, ref stepper);
    }

    private static void Walk<T>(ParserState state, TrieNodes nodes, ulong[] mask, ref T stepper)
        where T : struct, IStepper
    {
        byte[] bytes = nodes.Bytes;
        ushort[] depths = nodes.Depths;
        ParserState[] path = new ParserState[nodes.Depth + 1];
        path[0] = state;
        for (int node = 0; node < bytes.Length;)
        {
            int depth = depths[node];
            ParserState before = path[depth];
            ParserState after = stepper.Step(before, bytes[node]);
            if (after == ParserState.Dead)
            {
                node = nodes.Skips[node];
                continue;
            }

            int last = nodes.FirstTokens[node + 1];
            int next = node + 1;
            if (after == before && nodes.Skips[node] - node > WorthALook && (nodes.Groups[node] & ~TextRuns.Loops(after, ref stepper)) == 0)
            {
                next = nodes.Skips[node];
                last = nodes.FirstTokens[next];
            }

            for (int index = nodes.FirstTokens[node]; index < last; index++)
            {
                int token = nodes.Tokens[index];
                mask[token >> 6] |= 1UL << token;
            }

            path[depth + 1] = after;
            node = next;
        }
    }
}

/// <summary>The masks of the states of one constraint over one vocabulary: the latest ones, up to a number of bytes. Thread-safe.</summary>
internal sealed class MaskCache(TokenTrie trie, long mostBytes)
{
    private readonly int _most = (int)Math.Clamp(mostBytes / ((8L * trie.Words) + 128), 4, 1 << 16);
    private readonly Lock _lock = new();
    private readonly Dictionary<ParserState, ulong[]> _masks = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<ParserState> _order = new();
    private int _generation;

    /// <summary>About how many bytes the masks take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _masks.Count * ((8L * trie.Words) + 128);
        }
    }

    /// <summary>The tokens that a state allows. Nobody may write into it.</summary>
    public ulong[] Get<T>(ParserState state, ref T stepper)
        where T : struct, IStepper
    {
        // Tokens see no further than they are long.
        if (state.Alike is { } alike && alike.Bytes == trie.All.Depth)
        {
            state = alike.State;
        }
        else
        {
            long steps = 0;
            state = state.Owner!.Like(state, trie.All.Depth, ref steps);
            stepper.Spend(steps);
        }

        lock (_lock)
        {
            if (_masks.TryGetValue(state, out ulong[]? known))
                return known;
        }

        ulong[] mask = new ulong[trie.Words];
        MaskWalk.Fill(state, trie, mask, ref stepper);
        lock (_lock)
        {
            // A state keeps its whole table alive, so none of a table that was given up is kept.
            int generation = state.Owner!.Generation;
            if (generation < _generation)
                return mask;
            if (generation > _generation)
            {
                _masks.Clear();
                _order.Clear();
                _generation = generation;
            }

            if (_masks.TryAdd(state, mask))
                _order.Enqueue(state);
            while (_masks.Count > _most)
                _masks.Remove(_order.Dequeue());
        }

        return mask;
    }
}
