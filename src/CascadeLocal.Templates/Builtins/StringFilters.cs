using System.Numerics;
using System.Text;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters on texts. What is no text yet is printed first.</summary>
internal static class StringFilters
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("upper", "", Method("upper")).Add("lower", "", Method("lower")).Add("capitalize", "", Method("capitalize"))
            .Add("trim", "chars?", Method("strip"))
            .Add("title", "", Title)
            .Add("center", "width?", (r, v, a) => StringPadding.Center(r, r.Printed(v), a.Integer(0, 80)))
            .Add("replace", "s new count?", Replace)
            .Add("format", "* **", Format)
            .Add("indent", "width? first? blank?", Indent)
            .Add("truncate", "length? killwords? end? leeway?", Truncate)
            .Add("wordcount", "", WordCount)
            .Add("wordwrap", "width? break_long_words? wrapstring? break_on_hyphens?", WordWrap);
    }

    private static BuiltinBody Method(string name) =>
        (r, v, a) => StringMethods.Find(name)!.Apply(r, r.Printed(v), a.All);

    private static StringValue Title(Rendering rendering, Value value, Bound arguments)
    {
        StringBuilder title = new();
        bool startsWord = true;
        StringBuilder rest = new();
        foreach (string c in CodePoints.Each(rendering.Printed(value).Text))
        {
            bool separates = c is "-" or "(" or "{" or "[" or "<" || CharacterClass.IsSpace(c[0]);
            if (separates || startsWord)
            {
                title.Append(CaseMapping.Lower(rest.ToString())).Append(separates ? c : CaseMapping.Upper(c));
                rest.Clear();
            }
            else
            {
                rest.Append(c);
            }

            startsWord = separates;
        }

        return rendering.String(title.Append(CaseMapping.Lower(rest.ToString())).ToString());
    }

    private static StringValue Replace(Rendering rendering, Value value, Bound arguments)
    {
        int count = arguments[2] is null or NoneValue ? -1 : arguments.Clamped(2, -1);
        return StringMethods.Replace(
            rendering, rendering.Printed(value).As(isSafe: false), rendering.Text(arguments[0]!), rendering.Printed(arguments[1]!), count);
    }

    private static StringValue Format(Rendering rendering, Value value, Bound arguments)
    {
        Arguments all = arguments.All;
        if (all.Positional.Count > 0 && all.Keywords.Count > 0)
            throw TemplateException.Failed("can't handle positional and keyword arguments at the same time");
        Value operand = all.Keywords.Count > 0
            ? Value.Dict(all.Keywords)
            : new TupleValue([.. all.Positional]);
        StringValue pattern = rendering.Printed(value);
        return rendering.String(PercentFormat.Format(rendering, pattern, operand), pattern.IsSafe);
    }

    private static StringValue Indent(Rendering rendering, Value value, Bound arguments)
    {
        if (value is Undefined undefined)
            throw undefined.Failure();
        if (value is not StringValue text)
            throw TemplateException.Failed($"unsupported operand type(s) for +=: '{value.TypeName}' and 'str'");
        string indention = arguments[0] is StringValue given ? given.Text : Blanks(rendering, arguments.Integer(0, 4));
        string ended = text.Text + "\n";
        string[] lines = [.. PythonText.Lines(ended).Select(l => ended[l])];
        rendering.Allocate(text.Text.Length + (BigInteger)indention.Length * lines.Length);
        bool indentsBlank = arguments.Flag(2);
        IEnumerable<string> rest = lines.Skip(1).Select(l => l.Length > 0 || indentsBlank ? indention + l : l);
        return text.With(string.Join('\n', rest.Prepend(arguments.Flag(1) ? indention + lines[0] : lines[0])));
    }

    private static string Blanks(Rendering rendering, BigInteger count)
    {
        rendering.Allocate(BigInteger.Max(count, 0));
        return new(' ', (int)BigInteger.Max(count, 0));
    }

    private static Value Truncate(Rendering rendering, Value value, Bound arguments)
    {
        BigInteger length = arguments.Integer(0, 255), leeway = arguments[3] is null or NoneValue ? 5 : arguments.Integer(3, 5);
        StringValue end = (StringValue)arguments.Or(2, Value.Of("..."));
        if (length < end.Length!.Value || leeway < 0)
            throw TemplateException.Failed($"expected length >= {end.Length}, got {length}");
        if (value.Length is not { } count)
            throw TemplateException.Failed($"object of type '{value.TypeName}' has no len()");
        if (count <= length + leeway)
            return value;
        if (value is not StringValue text)
            throw TemplateException.Failed($"'{value.TypeName}' object has no attribute 'rsplit'");
        StringValue kept = text.Part(..CodePoints.Offset(text.Text, (int)(length - end.Length!.Value)));
        if (!arguments.Flag(1))
            kept = kept.Part(PythonText.SplitRight(kept.Text, " ", 1)[0]);
        return Operators.Apply(rendering, "+", kept, end);
    }

    private static IntegerValue WordCount(Rendering rendering, Value value, Bound arguments)
    {
        int count = 0;
        bool isInWord = false;
        foreach (int c in CodePoints.Of(rendering.Printed(value).Text))
        {
            bool isWord = CharacterClass.IsWord(c);
            count += isWord && !isInWord ? 1 : 0;
            isInWord = isWord;
        }

        return new(count);
    }

    private static StringValue WordWrap(Rendering rendering, Value value, Bound arguments)
    {
        StringValue text = value as StringValue ?? throw TemplateException.Failed($"'{value.TypeName}' object has no attribute 'splitlines'");
        BigInteger width = arguments.Integer(0, 79);
        if (width <= 0)
            throw TemplateException.Failed($"invalid width {width} (must be > 0)");
        string end = arguments[2] is null or NoneValue ? "\n" : arguments.String(2, "\n");
        TextWrap wrap = new((int)BigInteger.Min(width, int.MaxValue), arguments.Flag(1, fallback: true), arguments.Flag(3, fallback: true));
        List<string> lines = [];
        foreach (Range line in PythonText.Lines(text.Text))
            lines.Add(string.Join(end, wrap.Wrap(text.Text[line])));
        rendering.Allocate((BigInteger)text.Text.Length * (1 + end.Length));
        return rendering.String(string.Join(end, lines));
    }
}
