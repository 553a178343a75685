using System.Numerics;
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
