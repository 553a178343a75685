using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>The methods of str that make a text as wide as is wanted.</summary>
internal static class StringPadding
{
    public static void AddTo(BuiltinTable table) => table
        .Add("center", "width fillchar?", (r, v, a) => Center(r, (StringValue)v, a.Integer(0, 0), Fill(v, a)))
        .Add("ljust", "width fillchar?", (r, v, a) => Pad(r, (StringValue)v, 0, Missing(v, a), Fill(v, a)))
        .Add("rjust", "width fillchar?", (r, v, a) => Pad(r, (StringValue)v, Missing(v, a), 0, Fill(v, a)))
        .Add("zfill", "width", ZeroFill)
        .Add("expandtabs", "tabsize?", ExpandTabs);

    public static StringValue Center(Rendering rendering, StringValue text, BigInteger width, string fill = " ")
    {
        BigInteger missing = BigInteger.Max(0, width - text.Length!.Value);
        BigInteger left = missing / 2 + (missing & width & 1);
        return Pad(rendering, text, left, missing - left, fill);
    }

    private static StringValue Pad(Rendering rendering, StringValue text, BigInteger left, BigInteger right, string fill)
    {
        rendering.Allocate(text.Text.Length + (left + right) * fill.Length);
        return text.With(Repeat(left) + text.Text + Repeat(right));

        string Repeat(BigInteger count) => string.Concat(Enumerable.Repeat(fill, (int)count));
    }

    private static BigInteger Missing(Value value, Bound arguments) => BigInteger.Max(0, arguments.Integer(0, 0) - value.Length!.Value);

    private static string Fill(Value value, Bound arguments)
    {
        string fill = arguments.String(1, " ");
        return CodePoints.Count(fill) == 1
            ? StringMethods.Part((StringValue)value, arguments.Or(1, Value.Of(" "))).Text
            : throw TemplateException.Failed("The fill character must be exactly one character long");
    }

    private static StringValue ZeroFill(Rendering rendering, Value value, Bound arguments)
    {
        StringValue text = (StringValue)value;
        int sign = text.Text.StartsWith('-') || text.Text.StartsWith('+') ? 1 : 0;
        string padded = Pad(rendering, new(text.Text[sign..]), Missing(value, arguments), 0, "0").Text;
        return text.With(text.Text[..sign] + padded);
    }

    private static StringValue ExpandTabs(Rendering rendering, Value value, Bound arguments)
    {
        BigInteger size = BigInteger.Max(0, arguments.Integer(0, 8));
        StringValue text = (StringValue)value;
        rendering.Allocate(text.Text.Length + text.Text.Count(c => c == '\t') * size);
        System.Text.StringBuilder expanded = new();
        int column = 0;
        foreach (string c in CodePoints.Each(text.Text))
        {
            int width = c == "\t" ? (size.IsZero ? 0 : (int)(size - column % size)) : 1;
            _ = c == "\t" ? expanded.Append(' ', width) : expanded.Append(c);
            column = c is "\n" or "\r" ? 0 : column + width;
        }

        return text.With(expanded.ToString());
    }
}
