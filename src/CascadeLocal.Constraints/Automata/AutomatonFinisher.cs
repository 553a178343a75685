using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Automata;

/// <summary>Refuses what would not end, cuts off what leads nowhere, and packs the states.</summary>
internal static class AutomatonFinisher
{
    // Passes of something that may be empty are all the same place in the text.
    private const int MostEmptyPasses = 64;

    public static Automaton Finish(List<DraftState> states, int start, Dictionary<Rule, int> rules, CompileBudget budget)
    {
        budget.Spend(4L * states.Count);
        bool[] productive = Reach(states, countsBytes: true);
        if (!productive[start])
            throw new ConstraintException($"The rule {NameOf(start, rules)} cannot produce any text.", isInvalid: true);
        Prune(states, productive);
        bool[] empty = Reach(states, countsBytes: false);
        foreach (DraftState loop in states.Where(state => state.Kind == StateKind.Loop && empty[state.Targets[0]]))
        {
            if (Math.Max(loop.Min, loop.Max == int.MaxValue ? 0 : loop.Max) > MostEmptyPasses)
                throw new ConstraintException($"Something that may be empty is repeated more than {MostEmptyPasses} times.");
        }

        RefuseLeftRecursion(states, rules, empty);
        return Pack(states, start, empty);
    }

    // Which states lead to the return of their rule: at all, or without a byte.
    private static bool[] Reach(List<DraftState> states, bool countsBytes)
    {
        List<int>[] users = new List<int>[states.Count];
        Queue<int> pending = new();
        for (int state = 0; state < states.Count; state++)
        {
            IEnumerable<int> targets = states[state].Kind == StateKind.Match ? states[state].Edges.Select(edge => edge.Target) : states[state].Targets;
            foreach (int target in targets)
                (users[target] ??= []).Add(state);
            if (states[state].Kind == StateKind.Return)
                pending.Enqueue(state);
        }

        bool[] reached = new bool[states.Count];
        foreach (int state in pending)
            reached[state] = true;
        while (pending.TryDequeue(out int done))
        {
            foreach (int user in users[done] ?? [])
            {
                DraftState state = states[user];
                if (reached[user] || !(state.Kind switch
                {
                    StateKind.Match => countsBytes,
                    StateKind.Call => reached[state.Targets[0]] && reached[state.Targets[1]],
                    StateKind.Loop => reached[state.Targets[1]] && (state.Min == 0 || reached[state.Targets[0]]),
                    _ => true,
                }))
                {
                    continue;
                }

                reached[user] = true;
                pending.Enqueue(user);
            }
        }

        return reached;
    }

    private static void Prune(List<DraftState> states, bool[] productive)
    {
        foreach (DraftState state in states)
        {
            state.Edges.RemoveAll(edge => !productive[edge.Target]);
            if (state.Kind == StateKind.Split)
            {
                state.Targets.RemoveAll(target => !productive[target]);
            }
            else if (state.Kind == StateKind.Loop && !productive[state.Targets[0]])
            {
                state.Kind = StateKind.Split;
                state.Targets.RemoveAt(0);
            }
        }
    }

    private static void RefuseLeftRecursion(List<DraftState> states, Dictionary<Rule, int> rules, bool[] empty)
    {
        Dictionary<int, HashSet<int>> begins = [];
        foreach (int rule in rules.Values)
        {
            HashSet<int> called = [];
            HashSet<int> seen = [rule];
            Stack<int> open = new([rule]);
            while (open.TryPop(out int current))
            {
                DraftState state = states[current];
                IEnumerable<int> next = state.Kind switch
                {
                    StateKind.Split => state.Targets,
                    StateKind.Call => empty[state.Targets[0]] ? [state.Targets[1]] : [],
                    StateKind.Loop => state.Min == 0 || empty[state.Targets[0]] ? state.Targets : [state.Targets[0]],
                    _ => [],
                };
                if (state.Kind == StateKind.Call)
                    called.Add(state.Targets[0]);
                foreach (int target in next.Where(seen.Add))
                    open.Push(target);
            }

            begins[rule] = called;
        }

        // Depth first; a rule that is met while it is open begins with itself.
        Dictionary<int, bool> isOpen = [];
        foreach (int root in rules.Values.Where(rule => !isOpen.ContainsKey(rule)))
        {
            Stack<(int Rule, IEnumerator<int> Calls)> path = new();
            path.Push((root, begins[root].GetEnumerator()));
            isOpen[root] = true;
            while (path.TryPeek(out var top))
            {
                if (!top.Calls.MoveNext())
                {
                    isOpen[top.Rule] = false;
                    path.Pop();
                }
                else if (!isOpen.TryGetValue(top.Calls.Current, out bool open))
                {
                    isOpen[top.Calls.Current] = true;
                    path.Push((top.Calls.Current, begins[top.Calls.Current].GetEnumerator()));
                }
                else if (open)
                {
                    throw new ConstraintException(
                        $"The rule {NameOf(top.Calls.Current, rules)} is left-recursive: it can begin with itself, which is not served.");
                }
            }
        }
    }

    private static Automaton Pack(List<DraftState> states, int start, bool[] empty)
    {
        bool[] begins = new bool[257];
        foreach (Edge edge in states.SelectMany(state => state.Edges))
            begins[edge.First] = begins[edge.Last + 1] = true;
        byte[] classOf = new byte[256];
        int classes = 0;
        for (int value = 0; value < 256; value++)
        {
            if (value > 0 && begins[value])
                classes++;
            classOf[value] = (byte)classes;
        }

        List<Edge> edges = [];
        int[] edgeStarts = new int[states.Count + 1];
        Dictionary<int, LoopBounds> loops = [];
        for (int index = 0; index < states.Count; index++)
        {
            edges.AddRange(states[index].Edges.Select(edge => edge with { First = classOf[edge.First], Last = classOf[edge.Last] }));
            edgeStarts[index + 1] = edges.Count;
            if (states[index].Kind == StateKind.Loop)
                loops[index] = new(states[index].Min, states[index].Max, empty[states[index].Targets[0]]);
        }

        int[][] targets = [.. states.Select(state => state.Targets.ToArray())];
        return new()
        {
            Start = start,
            Kinds = [.. states.Select(state => state.Kind)],
            EdgeStarts = edgeStarts,
            Edges = [.. edges],
            Targets = targets,
            Loops = loops,
            ClassOf = classOf,
            Classes = classes + 1,
            Bytes = (8L * edges.Count) + targets.Sum(each => 16L + (each.Length == 0 ? 0 : 24 + (4 * each.Length))),
        };
    }

    private static string NameOf(int start, Dictionary<Rule, int> rules)
    {
        string name = rules.First(rule => rule.Value == start).Key.Name;
        return name.Length <= 80 ? $"'{name}'" : $"'{name[..80]}...'";
    }
}
