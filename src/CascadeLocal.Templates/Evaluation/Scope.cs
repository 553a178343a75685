using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>The names that a block sets, inside those of the blocks around it. The outermost ones are the variables given.</summary>
internal sealed class Scope(Scope? outer, Block? block = null)
{
    private readonly Dictionary<string, Value> _values = [];

    public void Set(string name, Value value) => _values[name] = value;

    public Value Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._values.TryGetValue(name, out Value? value))
                return value;
            if (scope.Hides(name))
                break;
        }

        return Undefined.Named(name);
    }

    private Scope? Outer { get; } = outer;

    private bool Hides(string name) => block?.Hidden.Contains(name) == true;
}
