namespace CascadeLocal.Constraints.Automata;

/// <summary>Where calls that are open go back to. Each is made once in its table, so equal ones are the same object.</summary>
internal sealed class StackNode(int target, int count, StackNode? parent, int id)
{
    /// <summary>The state behind a call, or a loop.</summary>
    public int Target { get; } = target;

    /// <summary>Which pass of the loop it is, from 1; 0 of a call.</summary>
    public int Count { get; } = count;

    /// <summary>The call around it; null of the outermost.</summary>
    public StackNode? Parent { get; } = parent;

    public int Id { get; } = id;

    public int Depth { get; } = parent is null ? 1 : parent.Depth + 1;
}

/// <summary>One way of reading the text so far.</summary>
internal readonly record struct Item(int State, StackNode? Node);

/// <summary>
/// All ways of reading the text so far. Each is made once in its table, and remembers where every byte leads; both are safe to read
/// on any thread.
/// </summary>
internal sealed class ParserState(Item[] items, bool accepts, StateTable? owner, int classes)
{
    /// <summary>No way is left.</summary>
    public static ParserState Dead { get; } = new([], false, null, 256);

    private ParserState?[]? _next;

    /// <summary>The ways, each in a state that takes bytes; sorted.</summary>
    public Item[] Items { get; } = items;

    /// <summary>Whether the text may end here.</summary>
    public bool Accepts { get; } = accepts;

    /// <summary>The table that it belongs to.</summary>
    public StateTable? Owner { get; } = owner;

    /// <summary>Where plain characters lead; null while nobody asked.</summary>
    public PlainStep? Plain { get; set; }

    /// <summary>Which groups of characters lead back here, as bits; -1 while nobody asked.</summary>
    public int Loops { get; set; } = -1;

    /// <summary>A state that goes on alike for some bytes; null while nobody asked.</summary>
    public AlikeState? Alike { get; set; }

    /// <summary>The next of those whose hashes are alike.</summary>
    public ParserState? Chained { get; set; }

    /// <summary>Where a class of bytes leads, as far as that is known.</summary>
    public ParserState? Next(int byteClass) => _next?[byteClass];

    /// <summary>Remembers where a class of bytes leads. Only under the lock of the table.</summary>
    /// <returns>Whether memory was taken for it.</returns>
    public bool Remember(int byteClass, ParserState next)
    {
        bool isNew = _next is null;
        ParserState?[] row = _next ?? new ParserState?[classes];
        row[byteClass] = next;
        Volatile.Write(ref _next, row);
        return isNew;
    }
}

/// <summary>A state that goes on as another one does.</summary>
/// <param name="Bytes">For how many bytes.</param>
/// <param name="State">That state.</param>
internal sealed record AlikeState(int Bytes, ParserState State);

/// <summary>Where plain characters lead.</summary>
/// <param name="Next">The one state that all of them lead to; null where there is no such.</param>
/// <param name="IsNone">Whether none of them leads on.</param>
internal sealed record PlainStep(ParserState? Next, bool IsNone);
