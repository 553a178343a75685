using System.Numerics;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>The <c>loop</c> of a for: where it is, and, in a recursive one, the loop as a function.</summary>
/// <param name="elements">What it runs over, read no further than it is asked for.</param>
/// <param name="length">How many they are, or null where only reading them all tells.</param>
internal sealed class LoopValue(IEnumerable<Value> elements, BigInteger? length, int depth, Func<Value, StringValue>? recurse) : CallableValue, IMembers
{
    private readonly IEnumerator<Value> _elements = elements.GetEnumerator();
    private readonly Queue<Value> _ahead = new();
    private int _index0 = -1;
    private Value? _previous;
    private Value? _changedFrom;

    public Value Current { get; private set; } = None;

    internal override string TypeName => "jinja2.runtime.LoopContext";

    private int Count => (int?)length ?? _index0 + 1 + ReadAhead(int.MaxValue);

    public bool MoveNext()
    {
        if (ReadAhead(1) == 0)
            return false;
        _previous = _index0 >= 0 ? Current : null;
        Current = _ahead.Dequeue();
        _index0++;
        return true;
    }

    public Value? Member(string name) => name switch
    {
        "index" => Of(_index0 + 1),
        "index0" => Of(_index0),
        "first" => Of(_index0 == 0),
        "last" => Of(ReadAhead(1) == 0),
        "length" => Of(Count),
        "revindex" => Of(Count - _index0),
        "revindex0" => Of(Count - _index0 - 1),
        "depth" => Of(depth + 1),
        "depth0" => Of(depth),
        "previtem" => _previous ?? new Undefined("there is no previous item"),
        "nextitem" => ReadAhead(1) > 0 ? _ahead.Peek() : new Undefined("there is no next item"),
        "cycle" => new BuiltinValue(new("cycle", new("*"), (_, _, a) => Cycle(a.All.Positional))),
        "changed" => new BuiltinValue(new("changed", new("*"), (r, _, a) => Changed(r, a.All.Positional))),
        _ => null,
    };

    public override Value Call(Rendering rendering, Arguments arguments)
    {
        if (recurse is null)
            throw TemplateException.Failed("The loop must have the 'recursive' marker to be called recursively.");
        return arguments.Positional.Count == 1
            ? recurse(arguments.Positional[0])
            : throw TemplateException.Failed("loop() takes one argument");
    }

    public override string ToString() => $"<LoopContext {_index0 + 1}/{Count}>";

    private Value Cycle(IReadOnlyList<Value> items) =>
        items.Count > 0 ? items[_index0 % items.Count] : throw TemplateException.Failed("no items for cycling given");

    private BooleanValue Changed(Rendering rendering, IReadOnlyList<Value> values)
    {
        TupleValue now = new([.. values]);
        if (_changedFrom is not null && rendering.AreEqual(_changedFrom, now))
            return BooleanValue.False;
        _changedFrom = now;
        return BooleanValue.True;
    }

    /// <summary>Reads until so many elements wait, if there are as many; gives how many do.</summary>
    private int ReadAhead(int count)
    {
        while (_ahead.Count < count && _elements.MoveNext())
            _ahead.Enqueue(_elements.Current);
        return _ahead.Count;
    }
}
