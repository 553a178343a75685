using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Regexes;

/// <summary>
/// A regular expression as nodes and edges over characters, for what an expression cannot say: that a text fits several at once, or
/// has some length too.
/// </summary>
internal sealed class CharacterGraph
{
    private readonly List<List<(CharacterSet Set, int To)>> _edges = [];
    private readonly List<List<int>> _free = [];
    private readonly List<bool> _accepts = [];
    private readonly CompileBudget _budget;
    private readonly string? _path;

    private CharacterGraph(CompileBudget budget, string? path) => (_budget, _path) = (budget, path);

    /// <summary>The graph of an expression over characters.</summary>
    public static CharacterGraph Of(GrammarExpression expression, CompileBudget budget, string? path)
    {
        CharacterGraph graph = new(budget, path);
        int start = graph.Node();
        int end = graph.Add(expression, start);
        graph._accepts[end] = true;
        return graph.WithoutFreeEdges();
    }

    /// <summary>The texts of some length in characters.</summary>
    public static CharacterGraph OfLength(int min, int? max, CompileBudget budget, string? path)
    {
        CharacterGraph graph = new(budget, path);
        int last = max ?? min;
        for (int length = 0; length <= last; length++)
        {
            graph.Node();
            graph._accepts[length] = length >= min;
            if (length > 0)
                graph._edges[length - 1].Add((CharacterSet.All, length));
        }

        if (max is null)
            graph._edges[last].Add((CharacterSet.All, last));
        return graph;
    }

    /// <summary>The texts of both.</summary>
    public CharacterGraph And(CharacterGraph other)
    {
        CharacterGraph both = new(_budget, _path);
        Dictionary<(int, int), int> nodes = [];
        Queue<(int, int)> pending = new();
        int NodeOf((int Mine, int Theirs) pair)
        {
            if (nodes.TryGetValue(pair, out int known))
                return known;
            int node = nodes[pair] = both.Node();
            both._accepts[node] = _accepts[pair.Mine] && other._accepts[pair.Theirs];
            pending.Enqueue(pair);
            return node;
        }

        NodeOf((0, 0));
        while (pending.TryDequeue(out (int Mine, int Theirs) pair))
        {
            int from = nodes[pair];
            foreach ((CharacterSet mine, int myNext) in _edges[pair.Mine])
            {
                foreach ((CharacterSet theirs, int theirNext) in other._edges[pair.Theirs])
                {
                    _budget.Spend(1 + ((mine.Ranges.Count + theirs.Ranges.Count) / 16));
                    CharacterSet shared = mine == CharacterSet.All ? theirs : theirs == CharacterSet.All ? mine : mine.Intersect(theirs);
                    if (!shared.IsEmpty)
                        both._edges[from].Add((shared, NodeOf((myNext, theirNext))));
                }
            }
        }

        return both;
    }

    /// <summary>The texts over some characters that are not of this graph.</summary>
    public CharacterGraph Not(CharacterSet characters)
    {
        CharacterGraph not = new(_budget, _path);
        Dictionary<string, int> nodes = new(StringComparer.Ordinal);
        Queue<(int Node, int[] Mine)> pending = new();
        int NodeOf(int[] mine)
        {
            _budget.Spend(1 + mine.Length);
            string key = string.Join(',', mine);
            if (nodes.TryGetValue(key, out int known))
                return known;
            int node = nodes[key] = not.Node();
            not._accepts[node] = !mine.Any(at => _accepts[at]);
            pending.Enqueue((node, mine));
            return node;
        }

        NodeOf([0]);
        while (pending.TryDequeue(out (int Node, int[] Mine) next))
        {
            // Between two neighbours of these all characters lead to the same nodes.
            (CharacterSet Set, int To)[] edges = [.. next.Mine.SelectMany(at => _edges[at])];
            int[] cuts = [.. edges.SelectMany(edge => edge.Set.Ranges).SelectMany(range => (int[])[range.First, range.Last + 1]).Append(0).Distinct().Order()];
            int ranges = edges.Sum(edge => edge.Set.Ranges.Count);
            Dictionary<int, List<(int, int)>> ways = [];
            for (int cut = 0; cut < cuts.Length; cut++)
            {
                _budget.Spend(1 + edges.Length + (ranges / 8));
                int[] led = [.. edges.Where(edge => edge.Set.Contains(cuts[cut])).Select(edge => edge.To).Distinct().Order()];
                int to = NodeOf(led);
                if (!ways.TryGetValue(to, out List<(int, int)>? way))
                    ways[to] = way = [];
                way.Add((cuts[cut], cut + 1 < cuts.Length ? cuts[cut + 1] - 1 : 0x10FFFF));
            }

            foreach ((int to, List<(int, int)> way) in ways)
            {
                if (CharacterSet.Of(way).Intersect(characters) is { IsEmpty: false } set)
                    not._edges[next.Node].Add((set, to));
            }
        }

        return not;
    }

    /// <summary>The graph as an expression.</summary>
    /// <param name="written">How a character of a set is written.</param>
    public GrammarExpression Expression(Func<CharacterSet, GrammarExpression> written)
    {
        GraphExpression graph = new();
        Dictionary<CharacterSet, GrammarExpression> texts = [];
        foreach (bool accepts in _accepts)
            graph.AddNode(accepts);
        for (int from = 0; from < _edges.Count; from++)
        {
            foreach ((CharacterSet set, int to) in _edges[from])
            {
                if (!texts.TryGetValue(set, out GrammarExpression? text))
                    texts[set] = text = written(set);
                graph.Connect(from, text, to);
            }
        }

        return graph;
    }

    private int Node()
    {
        _budget.Spend(2);
        if (_edges.Count >= 50_000)
        {
            throw new ConstraintException(
                $"The pattern{(_path is null ? "" : $" at {_path}")} is too large together with its look-aheads, its length or other patterns.", _path);
        }

        _edges.Add([]);
        _free.Add([]);
        _accepts.Add(false);
        return _edges.Count - 1;
    }

    private int Add(GrammarExpression expression, int start)
    {
        _budget.Spend();
        switch (expression)
        {
            case LiteralExpression { Bytes.Length: 0 }:
                return start;
            case CharactersExpression characters:
                int next = Node();
                _edges[start].Add((characters.Set, next));
                return next;
            case SequenceExpression sequence:
                return sequence.Parts.Aggregate(start, (at, part) => Add(part, at));
            case AlternativesExpression alternatives:
                int join = Node();
                foreach (GrammarExpression alternative in alternatives.Alternatives)
                {
                    int branch = Node();
                    _free[start].Add(branch);
                    _free[Add(alternative, branch)].Add(join);
                }

                return join;
            case RepeatExpression repeat:
                return Repeat(repeat, start);
            case GraphExpression graph:
                return Add(graph, start);
            default:
                throw new InvalidOperationException("A regular expression is made of characters, sequences, alternatives, repetitions and graphs.");
        }
    }

    private int Add(GraphExpression graph, int start)
    {
        int[] nodes = [.. graph.Accepts.Select(_ => Node())];
        int end = Node();
        _free[start].Add(nodes[0]);
        for (int node = 0; node < nodes.Length; node++)
        {
            if (graph.Accepts[node])
                _free[nodes[node]].Add(end);
        }

        foreach ((int from, GrammarExpression? text, int to) in graph.Edges)
            _free[text is null ? nodes[from] : Add(text, nodes[from])].Add(nodes[to]);
        return end;
    }

    private int Repeat(RepeatExpression repeat, int start)
    {
        int at = start;
        int? end = null;
        for (int pass = 0; pass < (repeat.Max ?? repeat.Min); pass++)
        {
            _budget.Spend();
            int next = Add(repeat.Item, at);
            // What takes no character takes none however often.
            if (next == at)
                return at;
            if (pass >= repeat.Min)
                _free[at].Add(end ??= Node());
            at = next;
        }

        if (repeat.Max is null)
            return Loop(repeat.Item, at);
        if (end is { } join)
            _free[at].Add(join);
        return end ?? at;
    }

    private int Loop(GrammarExpression item, int start)
    {
        int loop = Node();
        int last = Add(item, loop);
        if (last == loop)
            return start;
        _free[start].Add(loop);
        _free[last].Add(loop);
        int after = Node();
        _free[loop].Add(after);
        return after;
    }

    private CharacterGraph WithoutFreeEdges()
    {
        CharacterGraph plain = new(_budget, _path);
        for (int node = 0; node < _edges.Count; node++)
            plain.Node();
        HashSet<int> seen = [];
        Stack<int> open = new();
        for (int node = 0; node < _edges.Count; node++)
        {
            seen.Clear();
            open.Push(node);
            while (open.TryPop(out int current))
            {
                if (!seen.Add(current))
                    continue;
                _budget.Spend();
                plain._accepts[node] |= _accepts[current];
                plain._edges[node].AddRange(_edges[current]);
                foreach (int next in _free[current])
                    open.Push(next);
            }
        }

        return plain;
    }
}
