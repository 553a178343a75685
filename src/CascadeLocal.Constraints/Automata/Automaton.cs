namespace CascadeLocal.Constraints.Automata;

/// <summary>What a state of an automaton does.</summary>
internal enum StateKind : byte
{
    /// <summary>Takes a byte.</summary>
    Match,

    /// <summary>Goes on at any of its targets.</summary>
    Split,

    /// <summary>Goes on at its first target, and after the return from there at its second one.</summary>
    Call,

    /// <summary>A call whose target is passed a number of times.</summary>
    Loop,

    /// <summary>Goes back to where the innermost call or loop came from.</summary>
    Return,
}

/// <summary>An edge: the classes of bytes that it takes, both ends included, and where it leads.</summary>
internal readonly record struct Edge(byte First, byte Last, int Target);

/// <summary>How often a loop is passed.</summary>
/// <param name="Min">At least.</param>
/// <param name="Max">At most.</param>
/// <param name="MayBeEmpty">Whether a pass may take no byte.</param>
internal readonly record struct LoopBounds(int Min, int Max, bool MayBeEmpty)
{
    /// <summary>
    /// A number of passes after which a few bytes can do what they can after some other number: the same for as many as possible.
    /// </summary>
    /// <param name="passes">The number, at least 1.</param>
    /// <param name="bytes">How many bytes.</param>
    public int Like(int passes, int bytes)
    {
        // A pass takes at least a byte, so a bound that is further away is out of reach.
        if (MayBeEmpty)
            return passes;
        if (passes < Min)
            return Min - passes > bytes ? 1 : passes;
        return Max - passes > bytes ? Math.Max(1, Min) : passes;
    }
}

/// <summary>
/// A pushdown automaton over bytes. Every state leads to an end, and no state comes back to itself without a byte but by free
/// edges. Immutable.
/// </summary>
internal sealed class Automaton
{
    /// <summary>Where it begins.</summary>
    public required int Start { get; init; }

    /// <summary>What each state does.</summary>
    public required StateKind[] Kinds { get; init; }

    /// <summary>Where the edges of a state of kind <see cref="StateKind.Match"/> begin; one entry more than states.</summary>
    public required int[] EdgeStarts { get; init; }

    /// <summary>The edges of all states, over classes of bytes.</summary>
    public required Edge[] Edges { get; init; }

    /// <summary>The targets of the states of other kinds: of a call its rule and its return; of a loop its body and its exit.</summary>
    public required int[][] Targets { get; init; }

    /// <summary>How often the loops are passed, by state.</summary>
    public required IReadOnlyDictionary<int, LoopBounds> Loops { get; init; }

    /// <summary>The class of each byte. Bytes of a class are alike in all states.</summary>
    public required byte[] ClassOf { get; init; }

    /// <summary>How many classes there are.</summary>
    public required int Classes { get; init; }

    /// <summary>About how many bytes it takes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The edges of a state.</summary>
    public ReadOnlySpan<Edge> EdgesOf(int state) => Edges.AsSpan(EdgeStarts[state]..EdgeStarts[state + 1]);
}
