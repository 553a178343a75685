using System.Numerics;
using System.Text.Json;

namespace CascadeLocal.Templates.Values;

/// <summary>
/// A value as templates know it: Python's none, bool, int, float, str, list, tuple and dict, and what Jinja adds. Those that
/// callers can make are immutable and may be shared by threads.
/// </summary>
public abstract class Value
{
    private protected Value()
    {
    }

    /// <summary>Python's <c>None</c>.</summary>
    public static Value None => NoneValue.Instance;

    /// <summary><c>True</c> or <c>False</c>.</summary>
    public static Value Of(bool value) => value ? BooleanValue.True : BooleanValue.False;

    /// <summary>An <c>int</c>.</summary>
    public static Value Of(long value) => new IntegerValue(value);

    /// <summary>A <c>float</c>.</summary>
    public static Value Of(double value) => new FloatValue(value);

    /// <summary>A <c>str</c>; a template sees its code points.</summary>
    public static Value Of(string value) => new StringValue(value, origin: Origin.Template);

    /// <summary>A <c>str</c> that is not the template's: <see cref="RenderedText"/> tells what of it is in the prompt.</summary>
    public static Value Data(string value) => new StringValue(value, origin: Origin.Data);

    /// <summary>A <c>list</c>.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value List(IEnumerable<Value> items) => new ListValue([.. items]);

    /// <summary>A <c>dict</c> in the order given; of equal keys the last one's value stays, at the first one's place.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value Dict(IEnumerable<KeyValuePair<string, Value>> entries) =>
        new DictValue(entries.Select(e => KeyValuePair.Create(Of(e.Key), e.Value)));

    /// <summary>What <c>json.loads</c> makes of it: 1 is an int and 1.0 a float, keys keep their order. Its strings are <see cref="Data"/>.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value FromJson(JsonElement json) => JsonValues.Read(json);

    /// <summary>Python's name of the type, as it stands in messages.</summary>
    internal abstract string TypeName { get; }

    /// <summary>What <c>if</c> makes of it.</summary>
    internal virtual bool IsTrue => true;

    /// <summary>How many containers are inside one another here.</summary>
    internal virtual int Depth => 0;

    /// <summary>About how many characters it takes to print: what any walk over the value costs.</summary>
    internal virtual long Weight => 1;

    /// <summary>Python's <c>len</c>, or null where there is none.</summary>
    internal virtual BigInteger? Length => null;

    /// <summary>Its elements, or null where it cannot be iterated.</summary>
    internal virtual IEnumerable<Value>? Elements => null;

    internal virtual bool IsHashable => true;
}
