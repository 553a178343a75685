using System.Runtime.InteropServices;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Automata;

/// <summary>
/// The states that texts of one automaton have led to, made as they are needed. What is known is read without a lock; a new state
/// is made under the lock of the table.
/// </summary>
internal sealed class StateTable
{
    private const int StateBytes = 96;
    private const int ItemBytes = 16;
    private const int NodeBytes = 120;

    private readonly Automaton _automaton;
    private readonly ConstraintLimits _limits;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, ParserState> _states = [];
    private readonly Dictionary<(int Target, int Count, int Parent), StackNode> _nodes = [];
    private readonly HashSet<Item> _seen = [];
    private readonly Stack<Item> _open = new();
    private readonly List<Item> _found = [];
    private readonly Dictionary<StackNode, StackNode> _rebuilt = [];
    private readonly Stack<StackNode> _path = new();
    private bool _accepts;
    private long _bytes;

    public StateTable(Automaton automaton, ConstraintLimits limits, int generation = 0)
    {
        Generation = generation;
        _automaton = automaton;
        _limits = limits;
        long steps = 0;
        lock (_lock)
        {
            _open.Push(new(automaton.Start, null));
            Start = Close(ref steps);
        }
    }

    /// <summary>How many tables of the automaton there were before.</summary>
    public int Generation { get; }

    /// <summary>The state of the empty text.</summary>
    public ParserState Start { get; }

    /// <summary>About how many bytes it takes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether it holds so much that it should be given up for an empty one.</summary>
    public bool IsFull => Bytes > _limits.TableBytes;

    /// <summary>Where a class of bytes leads. The state may be of another table; the result is of this one.</summary>
    /// <param name="state">The state.</param>
    /// <param name="byteClass">The class.</param>
    /// <param name="steps">Grows by the work that was needed.</param>
    /// <exception cref="ConstraintBudgetException">There are too many ways of reading the text, or it is nested too deep.</exception>
    public ParserState Step(ParserState state, int byteClass, ref long steps)
    {
        lock (_lock)
        {
            if (state.Next(byteClass) is { } known)
                return known;
            _open.Clear();
            _rebuilt.Clear();
            foreach (Item item in state.Items)
            {
                foreach (Edge edge in _automaton.EdgesOf(item.State))
                {
                    if (byteClass >= edge.First && byteClass <= edge.Last)
                        _open.Push(new(edge.Target, state.Owner == this ? item.Node : Rebuilt(item.Node, null, ref steps)));
                }
            }

            steps += state.Items.Length + 1;
            ParserState next = _open.Count == 0 ? ParserState.Dead : Close(ref steps);
            if (state.Remember(byteClass, next))
                _bytes += 24 + (8 * _automaton.Classes);
            return next;
        }
    }

    /// <summary>
    /// A state that goes on as another one does, as far as a number of bytes: counts that are far from their bounds are alike there,
    /// so that long repetitions are a few states and not as many as they have passes.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="steps">Grows by the work that was needed.</param>
    public ParserState Like(ParserState state, int bytes, ref long steps)
    {
        if (_automaton.Loops.Count == 0)
            return state;
        lock (_lock)
        {
            if (state.Alike is { } known && known.Bytes == bytes)
                return known.State;
            _found.Clear();
            _seen.Clear();
            _rebuilt.Clear();
            foreach (Item item in state.Items)
            {
                steps++;
                Item like = item with { Node = Rebuilt(item.Node, bytes, ref steps) };
                if (_seen.Add(like))
                    _found.Add(like);
            }

            _accepts = state.Accepts;
            ParserState found = Intern();
            state.Alike = new(bytes, found);
            return found;
        }
    }

    // Follows everything that takes no byte.
    private ParserState Close(ref long steps)
    {
        _seen.Clear();
        _found.Clear();
        _accepts = false;
        while (_open.TryPop(out Item item))
        {
            if (!_seen.Add(item))
                continue;
            steps++;
            if (_seen.Count > 4 * _limits.ItemsPerState || _found.Count > _limits.ItemsPerState)
                throw new ConstraintBudgetException($"The text can be read in more than {_limits.ItemsPerState} ways by its grammar.");
            int[] targets = _automaton.Targets[item.State];
            switch (_automaton.Kinds[item.State])
            {
                case StateKind.Match:
                    _found.Add(item);
                    break;
                case StateKind.Split:
                    foreach (int target in targets)
                        _open.Push(item with { State = target });
                    break;
                case StateKind.Call:
                    // The last call of a rule goes back where the rule itself does: lists that are rules need no stack.
                    _open.Push(new(targets[0], _automaton.Kinds[targets[1]] == StateKind.Return ? item.Node : Node(targets[1], 0, item.Node)));
                    break;
                case StateKind.Loop:
                    Pass(item.State, 0, item.Node);
                    break;
                case StateKind.Return when item.Node is null:
                    _accepts = true;
                    break;
                case StateKind.Return when item.Node is { Count: > 0 } node:
                    Pass(node.Target, node.Count, node.Parent);
                    break;
                case StateKind.Return:
                    _open.Push(new(item.Node!.Target, item.Node.Parent));
                    break;
            }
        }

        return Intern();
    }

    // After some passes of a loop: out of it, or once more through it.
    private void Pass(int loop, int passes, StackNode? node)
    {
        (int min, int max, _) = _automaton.Loops[loop];
        if (passes >= min)
            _open.Push(new(_automaton.Targets[loop][1], node));
        if (passes >= max)
            return;
        // Without an end, passes count only up to the least.
        int next = max == int.MaxValue ? Math.Max(1, Math.Min(passes + 1, min)) : passes + 1;
        _open.Push(new(_automaton.Targets[loop][0], Node(loop, next, node)));
    }

    private StackNode Node(int target, int count, StackNode? parent)
    {
        var key = (target, count, parent?.Id ?? 0);
        if (_nodes.TryGetValue(key, out StackNode? node))
            return node;
        node = new(target, count, parent, _nodes.Count + 1);
        if (node.Depth > _limits.StackDepth)
            throw new ConstraintBudgetException($"The text is nested deeper than {_limits.StackDepth} levels of its grammar.");
        _bytes += NodeBytes;
        return _nodes[key] = node;
    }

    // The same in this table; with a number of bytes, what is like it that far. What ways share of their stacks is built once.
    private StackNode? Rebuilt(StackNode? node, int? bytes, ref long steps)
    {
        StackNode? own = null;
        _path.Clear();
        for (; node is not null && !_rebuilt.TryGetValue(node, out own); node = node.Parent)
            _path.Push(node);
        while (_path.TryPop(out StackNode? next))
        {
            steps++;
            int count = next.Count > 0 && bytes is { } far ? _automaton.Loops[next.Target].Like(next.Count, far) : next.Count;
            _rebuilt[next] = own = Node(next.Target, count, own);
        }

        return own;
    }

    private ParserState Intern()
    {
        _found.Sort(static (one, other) => one.State != other.State
            ? one.State.CompareTo(other.State)
            : (one.Node?.Id ?? 0).CompareTo(other.Node?.Id ?? 0));
        HashCode code = default;
        code.Add(_accepts);
        foreach (Item item in _found)
            code.Add(HashCode.Combine(item.State, item.Node?.Id ?? 0));
        int hash = code.ToHashCode();
        _states.TryGetValue(hash, out ParserState? first);
        for (ParserState? known = first; known is not null; known = known.Chained)
        {
            if (known.Accepts == _accepts && known.Items.AsSpan().SequenceEqual(CollectionsMarshal.AsSpan(_found)))
                return known;
        }

        ParserState state = new([.. _found], _accepts, this, _automaton.Classes) { Chained = first };
        _bytes += StateBytes + (ItemBytes * (long)_found.Count);
        return _states[hash] = state;
    }
}
