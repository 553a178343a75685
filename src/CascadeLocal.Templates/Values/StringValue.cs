using System.Numerics;
using System.Text;

using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Values;

/// <summary>
/// A string, a sequence of code points; a safe one (markupsafe's Markup) escapes whatever is joined to it. It knows where it comes
/// from; null is what a builtin made that did not say, until <see cref="Evaluation.Builtin.Apply"/> has looked at what it was made of.
/// </summary>
internal sealed class StringValue(string text, bool isSafe = false, Origin? origin = null) : Value
{
    public static readonly StringValue Empty = new("", origin: Origin.Template);

    private int _count = -1;

    public string Text { get; } = text;

    public bool IsSafe { get; } = isSafe;

    public Origin? Origin { get; } = origin;

    /// <summary>How many code points there are; counted when it is first asked for.</summary>
    public int Count => _count >= 0 ? _count : _count = CodePoints.Count(Text);

    /// <summary>Whether every UTF-16 unit is a code point.</summary>
    public bool IsUnits => Count == Text.Length;

    internal override string TypeName => IsSafe ? "Markup" : "str";

    internal override bool IsTrue => Text.Length > 0;

    internal override long Weight => 1L + Text.Length;

    internal override BigInteger? Length => Count;

    internal override IEnumerable<Value> Elements
    {
        get
        {
            int at = 0;
            foreach (string c in CodePoints.Each(Text))
            {
                yield return new StringValue(c, origin: Origin?.Slice(at, c.Length));
                at += c.Length;
            }
        }
    }

    /// <summary>Where the code point of that number begins; the end of the text where it has no more than that.</summary>
    public int Offset(int index) => IsUnits ? Math.Min(index, Text.Length) : CodePoints.Offset(Text, index);

    /// <summary>Another text that is as safe as this one; where it comes from is not said.</summary>
    public StringValue With(string text) => new(text, IsSafe);

    /// <summary>A part, in UTF-16 units.</summary>
    public StringValue Part(Range range)
    {
        (int start, int length) = range.GetOffsetAndLength(Text.Length);
        return length == Text.Length ? this : new(Text.Substring(start, length), IsSafe, Origin?.Slice(start, length));
    }

    /// <summary>The same text, safe or not.</summary>
    public StringValue As(bool isSafe) => isSafe == IsSafe ? this : new(Text, isSafe, Origin);

    /// <summary>The same text from elsewhere.</summary>
    public StringValue From(Origin origin) => new(Text, IsSafe, origin);
}

/// <summary>
/// Where the parts of a text come from. Texts without parts are of one origin; a text that was put together has a list of parts.
/// Whatever makes a text of others without saying where each part went gives <see cref="TextOrigin.Unclear"/>.
/// </summary>
internal sealed class Origin
{
    public static readonly Origin Template = new(TextOrigin.Template, []);
    public static readonly Origin Data = new(TextOrigin.Data, []);
    public static readonly Origin Unclear = new(TextOrigin.Unclear, []);

    private readonly TextOrigin _all;
    private readonly TextPart[] _parts;

    private Origin(TextOrigin all, TextPart[] parts) => (_all, _parts) = (all, parts);

    /// <summary>The one origin of the whole text, or null where it has several.</summary>
    public TextOrigin? Whole => _parts.Length == 0 ? _all : null;

    public static Origin Of(TextOrigin all) => all switch
    {
        TextOrigin.Template => Template,
        TextOrigin.Data => Data,
        _ => Unclear,
    };

    /// <param name="parts">All of a text, in order, no two neighbours of one origin.</param>
    public static Origin Of(IReadOnlyList<TextPart> parts) => parts.Count switch
    {
        0 => Template,
        1 => Of(parts[0].Origin),
        _ => new(default, [.. parts]),
    };

    /// <summary>
    /// The origin of what a builtin made without telling: of a text that is all data it is data, whatever the template put into it; of
    /// a text that is not, and to which data came, nobody knows.
    /// </summary>
    public static Origin OfResult(Value value, IEnumerable<Value> arguments)
    {
        TextOrigin own = Of(value);
        return own switch
        {
            TextOrigin.Data => Data,
            TextOrigin.Template when arguments.All(a => Of(a) == TextOrigin.Template) => Template,
            _ when value is NoneValue => Data,  // a function, which has but its arguments
            _ => Unclear,
        };
    }

    public Origin Slice(int start, int length)
    {
        if (_parts.Length == 0)
            return this;
        PartList parts = new();
        parts.Add(this, start, length);
        return Of(parts.Parts);
    }

    /// <summary>The parts of a text of several origins, from the one that has this character.</summary>
    public ReadOnlySpan<TextPart> PartsFrom(int start)
    {
        int low = 0, high = _parts.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_parts[middle].Start + _parts[middle].Length <= start)
                low = middle + 1;
            else
                high = middle;
        }

        return _parts.AsSpan(low);
    }

    // What is not text prints as the template's own, if it is a number or the like, and as data, if there may be texts in it.
    private static TextOrigin Of(Value value) => value switch
    {
        StringValue { Text.Length: 0 } => TextOrigin.Template,
        StringValue text => (text.Origin ?? Data).Whole ?? TextOrigin.Unclear,
        SequenceValue sequence => OfAll(sequence.Items),
        DictView view => OfAll(view.Items),
        DictValue dict => OfAll(dict.Entries.Select(e => e.Key).Concat(dict.Entries.Select(e => e.Value))),
        NamespaceValue or GeneratorValue => TextOrigin.Data,
        _ => TextOrigin.Template,
    };

    private static TextOrigin OfAll(IEnumerable<Value> values) =>
        values.All(v => Of(v) == TextOrigin.Template) ? TextOrigin.Template : TextOrigin.Data;
}

/// <summary>Parts of texts one behind the other.</summary>
internal sealed class PartList
{
    private readonly List<TextPart> _parts = [];

    public IReadOnlyList<TextPart> Parts => _parts;

    private int End => _parts.Count == 0 ? 0 : _parts[^1].Start + _parts[^1].Length;

    public void Add(TextOrigin origin, int length)
    {
        if (length == 0)
            return;
        if (_parts.Count > 0 && _parts[^1].Origin == origin)
            _parts[^1] = _parts[^1] with { Length = _parts[^1].Length + length };
        else
            _parts.Add(new(End, length, origin));
    }

    /// <summary>Adds a slice of a text of that origin.</summary>
    public void Add(Origin origin, int start, int length)
    {
        if (origin.Whole is { } whole)
        {
            Add(whole, length);
            return;
        }

        int end = start + length;
        foreach (TextPart part in origin.PartsFrom(start))
        {
            if (part.Start >= end)
                break;
            Add(part.Origin, Math.Min(part.Start + part.Length, end) - Math.Max(part.Start, start));
        }
    }
}

/// <summary>A text that is put together of others and remembers where each part came from.</summary>
internal sealed class TracedText
{
    private readonly StringBuilder _text = new();
    private readonly PartList _parts = new();

    public int Length => _text.Length;

    public TracedText Append(StringValue text) => Append(text.Text, text.Origin ?? Origin.Data);

    public TracedText Append(string text, Origin origin)
    {
        _text.Append(text);
        _parts.Add(origin, 0, text.Length);
        return this;
    }

    public StringValue ToValue(bool isSafe = false) => new(_text.ToString(), isSafe, Origin.Of(_parts.Parts));

    public RenderedText ToRendered() => new(_text.ToString(), _parts.Parts);
}
