using System.Text;

namespace CascadeLocal.Architecture.Tests;

/// <summary>One type uses another.</summary>
internal sealed record TypeDependency(string FromNamespace, string From, string ToNamespace, string To);

/// <summary>Which namespaces of an assembly use which. A namespace and one that its name begins with are two.</summary>
internal sealed class NamespaceGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, TypeDependency>> _uses = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namespaces = [];

    public NamespaceGraph(IEnumerable<TypeDependency> dependencies)
    {
        foreach (TypeDependency dependency in dependencies)
        {
            _namespaces.Add(dependency.FromNamespace);
            _namespaces.Add(dependency.ToNamespace);
            if (dependency.FromNamespace == dependency.ToNamespace)
                continue;
            if (!_uses.TryGetValue(dependency.FromNamespace, out var targets))
                _uses[dependency.FromNamespace] = targets = new(StringComparer.Ordinal);
            // Of several, the one that does not depend on the order in which they are given.
            if (!targets.TryGetValue(dependency.ToNamespace, out TypeDependency? known)
                || string.CompareOrdinal($"{dependency.From} {dependency.To}", $"{known.From} {known.To}") < 0)
            {
                targets[dependency.ToNamespace] = dependency;
            }
        }
    }

    /// <summary>How many namespaces there are.</summary>
    public int Count => _namespaces.Count;

    /// <summary>The namespaces that use themselves by way of others, in ordinal order.</summary>
    public IReadOnlyList<string> InCycles =>
        [.. _uses.Keys.Where(name => ShortestCycle(name) is not null).Order(StringComparer.Ordinal)];

    /// <summary>For each namespace in a cycle its shortest one, each cycle once, with a pair of types for every step.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        HashSet<string> said = [];
        foreach (string name in InCycles)
        {
            IReadOnlyList<TypeDependency> cycle = ShortestCycle(name)!;
            if (!said.Add(string.Join(' ', cycle.Select(step => step.FromNamespace).Order(StringComparer.Ordinal))))
                continue;
            text.AppendLine(string.Join(" -> ", cycle.Select(step => step.FromNamespace).Append(name)));
            foreach (TypeDependency step in cycle)
                text.Append("    ").Append(step.FromNamespace).Append('.').Append(step.From).Append(" uses ").AppendLine(step.To);
        }

        return text.ToString();
    }

    // Breadth first from a namespace back to itself.
    private List<TypeDependency>? ShortestCycle(string start)
    {
        Dictionary<string, TypeDependency> reachedBy = new(StringComparer.Ordinal);
        Queue<string> open = new([start]);
        while (open.TryDequeue(out string? name))
        {
            foreach ((string target, TypeDependency step) in _uses.TryGetValue(name, out var targets) ? targets : [])
            {
                if (!reachedBy.TryAdd(target, step))
                    continue;
                if (target == start)
                    return Back(start, reachedBy);
                open.Enqueue(target);
            }
        }

        return null;
    }

    private static List<TypeDependency> Back(string start, Dictionary<string, TypeDependency> reachedBy)
    {
        List<TypeDependency> cycle = [];
        string at = start;
        do
        {
            cycle.Add(reachedBy[at]);
            at = reachedBy[at].FromNamespace;
        }
        while (at != start);
        cycle.Reverse();
        return cycle;
    }
}
