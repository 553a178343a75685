using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Automata;

/// <summary>Turns expressions into states, from the back to the front: each is built for the state that comes behind it.</summary>
internal sealed class AutomatonBuilder
{
    private const int ReturnState = 0;

    // What a parser lets through is nested less. A bound of the stack, for what programs put together.
    private const int MostDepth = 1000;

    private readonly CompileBudget _budget;
    private readonly Func<SchemaExpression, GrammarExpression> _readSchema;
    private readonly List<DraftState> _states = [];
    private readonly Dictionary<Rule, int> _rules = [];
    private readonly Queue<Rule> _pending = [];

    private AutomatonBuilder(CompileBudget budget, Func<SchemaExpression, GrammarExpression> readSchema)
    {
        _budget = budget;
        _readSchema = readSchema;
        Add(new(StateKind.Return));
    }

    /// <summary>Builds the automaton of an expression.</summary>
    /// <exception cref="ConstraintException">It is too big, no text fits, or a rule begins with itself.</exception>
    public static Automaton Build(GrammarExpression expression, CompileBudget budget, Func<SchemaExpression, GrammarExpression> readSchema)
    {
        AutomatonBuilder builder = new(budget, readSchema);
        Rule root = expression as Rule ?? new Rule("root") { Body = expression };
        int start = builder.StartOf(root);
        while (builder._pending.TryDequeue(out Rule? rule))
            builder._states[builder._rules[rule]].Targets.Add(builder.Add(rule.Body ?? GrammarExpression.Nothing, ReturnState, 0));
        return AutomatonFinisher.Finish(builder._states, start, builder._rules, budget);
    }

    private int StartOf(Rule rule)
    {
        if (_rules.TryGetValue(rule, out int start))
            return start;
        if (_rules.Count >= _budget.Limits.Rules)
            throw new ConstraintException($"The grammar has more than {_budget.Limits.Rules} rules.");
        _pending.Enqueue(rule);
        return _rules[rule] = Add(new(StateKind.Split));
    }

    private int Add(GrammarExpression expression, int next, int depth)
    {
        if (depth > MostDepth)
            throw new ConstraintException("The grammar is nested too deep.");
        switch (expression)
        {
            case LiteralExpression literal:
                for (int index = literal.Bytes.Length - 1; index >= 0; index--)
                    next = Match((literal.Bytes[index], literal.Bytes[index]), next);
                return next;
            case CharactersExpression characters:
                return Characters(Utf8Edges.Of(characters.Set), next, []);
            case SequenceExpression sequence:
                for (int index = sequence.Parts.Length - 1; index >= 0; index--)
                    next = Add(sequence.Parts[index], next, depth + 1);
                return next;
            case AlternativesExpression { Alternatives: var alternatives }:
                return Alternatives(alternatives, next, depth);
            case RepeatExpression repeat:
                return Repeat(repeat, next, depth);
            case GraphExpression graph:
                return Graph(graph, next, depth);
            case Rule rule:
                return Add(new(StateKind.Call) { Targets = { StartOf(rule), next } });
            case SchemaExpression schema:
                return Add(_readSchema(schema), next, depth + 1);
            default:
                throw new ConstraintException("The grammar holds an expression of an unknown kind.");
        }
    }

    private int Alternatives(GrammarExpression[] alternatives, int next, int depth)
    {
        DraftState split = new(StateKind.Split);
        byte[][] texts = [.. alternatives.OfType<LiteralExpression>().Select(literal => literal.Bytes)];
        if (texts.Length > 2)
            split.Targets.Add(Words([.. texts.Order(ByBytes)], 0, next, depth));
        foreach (GrammarExpression alternative in alternatives)
        {
            if (texts.Length <= 2 || alternative is not LiteralExpression)
                split.Targets.Add(Add(alternative, next, depth + 1));
        }

        return split.Targets.Count == 1 ? split.Targets[0] : Add(split);
    }

    // Words that begin alike share states: an enumeration of thousands is a single way at any time.
    private int Words(ReadOnlySpan<byte[]> words, int length, int next, int depth)
    {
        if (depth > MostDepth)
            throw new ConstraintException("The grammar has too many alternatives that begin alike.");
        bool ends = false;
        while (words.Length > 0 && words[0].Length == length)
        {
            ends = true;
            words = words[1..];
        }

        if (words.Length == 0)
            return next;
        int common = words[0].AsSpan(length).CommonPrefixLength(words[^1].AsSpan(length));
        if (common > 0)
        {
            int tail = Words(words, length + common, next, depth + 1);
            for (int index = length + common - 1; index >= length; index--)
                tail = Match((words[0][index], words[0][index]), tail);
            return ends ? Add(new(StateKind.Split) { Targets = { tail, next } }) : tail;
        }

        DraftState branch = new(StateKind.Match);
        while (words.Length > 0)
        {
            int alike = 1;
            while (alike < words.Length && words[alike][length] == words[0][length])
                alike++;
            branch.Edges.Add(new(words[0][length], words[0][length], Words(words[..alike], length + 1, next, depth + 1)));
            words = words[alike..];
        }

        int state = Add(branch);
        return ends ? Add(new(StateKind.Split) { Targets = { state, next } }) : state;
    }

    private int Repeat(RepeatExpression repeat, int next, int depth)
    {
        switch (repeat)
        {
            case { Min: 0, Max: 1 }:
                return Add(new(StateKind.Split) { Targets = { Add(repeat.Item, next, depth + 1), next } });
            case { Min: <= 1, Max: null }:
                DraftState again = new(StateKind.Split);
                int state = Add(again);
                int body = Add(repeat.Item, state, depth + 1);
                again.Targets.AddRange([body, next]);
                return repeat.Min == 0 ? state : body;
            default:
                return Add(new(StateKind.Loop)
                {
                    Targets = { Add(repeat.Item, ReturnState, depth + 1), next },
                    Min = repeat.Min,
                    Max = repeat.Max ?? int.MaxValue,
                });
        }
    }

    private int Graph(GraphExpression graph, int next, int depth)
    {
        int[] nodes = [.. graph.Accepts.Select(accepts =>
        {
            DraftState state = new(StateKind.Split);
            if (accepts)
                state.Targets.Add(next);
            return Add(state);
        })];
        foreach ((int from, GrammarExpression? text, int to) in graph.Edges)
            _states[nodes[from]].Targets.Add(text is null ? nodes[to] : Add(text, nodes[to], depth + 1));
        return nodes[0];
    }

    private int Characters(List<ByteSequence> sequences, int next, Dictionary<ByteSequence, int> known)
    {
        if (sequences is [{ Length: 0 }])
            return next;
        if (sequences.Count == 1 && known.TryGetValue(sequences[0], out int same))
            return same;
        DraftState branch = new(StateKind.Match);
        for (int index = 0; index < sequences.Count;)
        {
            (byte First, byte Last) range = sequences[index][0];
            List<ByteSequence> rest = [];
            while (index < sequences.Count && sequences[index][0] == range)
                rest.Add(sequences[index++].Rest);
            branch.Edges.Add(new(range.First, range.Last, Characters(rest, next, known)));
        }

        int state = Add(branch);
        if (sequences.Count == 1)
            known[sequences[0]] = state;
        return state;
    }

    private int Match((byte First, byte Last) range, int next) =>
        Add(new(StateKind.Match) { Edges = { new(range.First, range.Last, next) } });

    private int Add(DraftState state)
    {
        _budget.Spend(1 + state.Edges.Count + state.Targets.Count);
        if (_states.Count >= _budget.Limits.States)
            throw new ConstraintException($"The grammar needs more than {_budget.Limits.States} states.");
        _states.Add(state);
        return _states.Count - 1;
    }

    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other));
}

/// <summary>A state while the automaton is built; its edges are over bytes.</summary>
internal sealed class DraftState(StateKind kind)
{
    public StateKind Kind { get; set; } = kind;

    public List<Edge> Edges { get; } = [];

    public List<int> Targets { get; } = [];

    public int Min { get; init; }

    public int Max { get; init; }
}
