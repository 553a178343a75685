using System.Collections.Frozen;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Arithmetic;

namespace CascadeLocal.Routing.Policies;

/// <summary>The sets of text features that policies may name. Immutable.</summary>
public sealed class TextFeatureSets
{
    /// <summary>The set of policies that name none: those of the time when there was one.</summary>
    internal const string Unnamed = "arithmetic";

    private readonly FrozenDictionary<string, ITextFeatures> _sets;

    /// <param name="sets">Each has a name of its own.</param>
    /// <exception cref="ArgumentException">Two have the same name.</exception>
    public TextFeatureSets(params IEnumerable<ITextFeatures> sets) =>
        _sets = sets.ToDictionary(set => set.Name, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The sets that are part of this program.</summary>
    public static TextFeatureSets Default { get; } = new(ArithmeticFeatures.Instance);

    /// <summary>Their names, in ordinal order.</summary>
    public IEnumerable<string> Names => _sets.Keys.Order(StringComparer.Ordinal);

    /// <summary>The set of a name, or null.</summary>
    public ITextFeatures? Find(string name) => _sets.GetValueOrDefault(name);
}
