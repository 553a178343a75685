using System.Numerics;
using System.Runtime.CompilerServices;

using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>The sandbox of one rendering: what it has used of its bounds, and where in the source it is.</summary>
internal sealed class Rendering(RenderOptions options, CancellationToken cancellation)
{
    private const int UnitsPerStep = 64;
    private const int UnitsPerElement = 32;
    private const int StepsPerLook = 256;

    private long _steps;
    private long _nextLook;
    private long _allocated;
    private int _depth;

    /// <summary>The node that is being run.</summary>
    public Position Position { get; set; }

    public int MaxCharacters => options.MaxCharacters;

    public DateTimeOffset Now => options.Clock.GetLocalNow();

    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > options.MaxSteps)
            throw TemplateException.Exceeded($"the template takes more than {options.MaxSteps} steps");
        if (_steps < _nextLook)
            return;
        _nextLook = _steps + StepsPerLook;
        if (cancellation.IsCancellationRequested)
            throw new TemplateException(TemplateErrorKind.Cancelled, "the rendering was cancelled");
    }

    /// <summary>Pays for a look at the elements of a value, or the characters of a string.</summary>
    public void Touch(Value value) => Step(1 + (value is StringValue text ? text.Text.Length : (long)(value.Length ?? 0)) / UnitsPerStep);

    /// <summary>Pays for a walk over a value and all that is in it.</summary>
    public void Walk(Value value) => Step(1 + value.Weight / UnitsPerStep);

    /// <summary>Python's == between elements, for which one is enough that both are the same object.</summary>
    public bool AreEqual(Value a, Value b)
    {
        Step(Math.Min(a.Weight, b.Weight) / UnitsPerStep);
        return ValueComparer.Instance.Equals(a, b);
    }

    /// <summary>Pays for a string before it is made.</summary>
    public void Allocate(BigInteger characters)
    {
        if (characters > options.MaxCharacters)
            throw TemplateException.Exceeded($"a string is longer than {options.MaxCharacters} characters");
        Use((long)characters);
    }

    /// <summary>Pays for what is added to a text that has that length afterwards.</summary>
    public void Allocate(long length, int added)
    {
        if (length > options.MaxCharacters)
            throw TemplateException.Exceeded($"a string is longer than {options.MaxCharacters} characters");
        Use(added);
    }

    /// <summary>Pays for a list before it is made.</summary>
    public int AllocateElements(BigInteger count)
    {
        if (count > options.MaxElements)
            throw TemplateException.Exceeded($"a list has more than {options.MaxElements} elements");
        Use((long)count * UnitsPerElement);
        return (int)count;
    }

    public void Enter()
    {
        if (++_depth > options.MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw TemplateException.Exceeded("the template calls itself, or nests, too deeply");
    }

    public void Leave() => _depth--;

    /// <summary>A string, paid for; where it comes from is not said.</summary>
    public StringValue String(string text, bool isSafe = false)
    {
        Allocate(text.Length);
        return new(text, isSafe);
    }

    /// <summary>The value as a string, printed if it is none, and where it comes from. One that is safe stays so.</summary>
    public StringValue Printed(Value value) => value switch
    {
        StringValue { Origin: not null } text => text,
        StringValue text => text.From(Origin.Data),
        _ => String(Text(value)).From(Origin.OfResult(value, [])),
    };

    /// <summary>A list of elements that are paid for as they come.</summary>
    public ListValue List(IEnumerable<Value> elements) => new([.. Counted(elements)]);

    /// <summary>Python's str().</summary>
    public string Text(Value value)
    {
        if (value is StringValue text)
            return text.Text;
        Walk(value);
        string printed = Repr.Text(value, options.MaxCharacters);
        Allocate(printed.Length);
        return printed;
    }

    /// <summary>The elements of a value, each of them a step.</summary>
    /// <exception cref="TemplateException">It has none.</exception>
    public IEnumerable<Value> Iterate(Value value) =>
        Stepped(value.Elements ?? throw TemplateException.Failed($"'{value.TypeName}' object is not iterable"));

    /// <summary>The elements as a list, each of them paid for.</summary>
    public IReadOnlyList<Value> ToList(Value value) =>
        value is SequenceValue sequence ? sequence.Items : [.. Counted(Iterate(value))];

    private IEnumerable<Value> Stepped(IEnumerable<Value> elements)
    {
        foreach (Value element in elements)
        {
            Step();
            yield return element;
        }
    }

    private IEnumerable<Value> Counted(IEnumerable<Value> elements)
    {
        int count = 0;
        foreach (Value element in elements)
        {
            Step();
            Use(UnitsPerElement);
            if (++count > options.MaxElements)
                throw TemplateException.Exceeded($"a list has more than {options.MaxElements} elements");
            yield return element;
        }
    }

    private void Use(long units)
    {
        _allocated += units;
        if (_allocated > options.MaxAllocated)
            throw TemplateException.Exceeded($"the template makes more than {options.MaxAllocated} characters altogether");
        Step(units / UnitsPerStep);
    }
}

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
