namespace CascadeLocal.Templates.Values;

/// <summary>What <c>namespace(...)</c> makes: the only value whose attributes a template can set.</summary>
internal sealed class NamespaceValue : Value
{
    public OrderedDictionary<string, Value> Attributes { get; } = [];

    internal override string TypeName => "jinja2.utils.Namespace";

    /// <exception cref="TemplateException">The name begins with an underscore.</exception>
    public void Set(string name, Value value)
    {
        if (name.StartsWith('_'))
            throw TemplateException.Failed($"a namespace has no attribute '{name}': names that begin with an underscore are refused");
        Attributes[name] = value;
    }
}

/// <summary>Something that can be iterated once: what map, select, unique and their like give.</summary>
internal sealed class GeneratorValue : Value
{
    private const int MaxDepth = 100;

    private readonly string _name;
    private readonly IEnumerator<Value> _items;

    /// <param name="name">What it prints as.</param>
    /// <param name="items">What it gives, made when asked for.</param>
    /// <param name="source">What it reads, which may be a generator again.</param>
    public GeneratorValue(string name, IEnumerable<Value> items, Value source)
    {
        _name = name;
        _items = items.GetEnumerator();
        Depth = source is GeneratorValue ? source.Depth + 1 : 0;
        if (Depth > MaxDepth)
            throw TemplateException.Exceeded($"more than {MaxDepth} generators read from one another");
    }

    internal override string TypeName => _name.StartsWith("generator", StringComparison.Ordinal) ? "generator" : _name;

    internal override int Depth { get; }

    internal override IEnumerable<Value> Elements
    {
        get
        {
            while (_items.MoveNext())
                yield return _items.Current;
        }
    }

    public override string ToString() => $"<{_name}>";
}
