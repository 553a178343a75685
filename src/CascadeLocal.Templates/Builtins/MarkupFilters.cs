using System.Text;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters for HTML and addresses. Nothing is escaped in a chat template unless it asks for it.</summary>
internal static class MarkupFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("safe", "", (r, v, _) => r.Printed(v).As(isSafe: true))
        .Add("escape", "", (r, v, _) => r.String(Html.Escape(r.Printed(v)), isSafe: true)).Alias("e", "escape")
        .Add("forceescape", "", (r, v, _) => r.String(Html.Escape(r.Text(v)), isSafe: true))
        .Add("striptags", "", (r, v, _) => r.String(Html.StripTags(r.Text(v))))
        .Add("xmlattr", "autospace?", XmlAttributes)
        .Add("urlencode", "", UrlEncode)
        .Add("urlize", "trim_url_limit? nofollow? target? rel? extra_schemes?", (_, _, _) => throw TemplateException.Failed(
            "urlize is not supported in chat templates"));

    private static StringValue XmlAttributes(Rendering rendering, Value value, Bound arguments)
    {
        if (value is not DictValue dict)
            throw TemplateException.Failed($"'{value.TypeName}' object has no attribute 'items'");
        StringBuilder text = new();
        foreach ((Value key, Value item) in dict.Entries)
        {
            if (item is NoneValue or Undefined)
                continue;
            string name = (key as StringValue)?.Text ?? throw TemplateException.Failed($"expected string or bytes-like object, got '{key.TypeName}'");
            if (name.Any(c => c is '/' or '>' or '=' or ' ' or (>= '\t' and <= '\r')))
                throw TemplateException.Failed($"Invalid character in attribute name: {Repr.Of(key)}");
            text.Append(text.Length > 0 ? " " : "").Append(Html.Escape(rendering.Printed(key)))
                .Append("=\"").Append(Html.Escape(rendering.Printed(item))).Append('"');
        }

        bool hasSpace = arguments.Flag(0, fallback: true) && text.Length > 0;
        return rendering.String(hasSpace ? " " + text : text.ToString());
    }

    private static StringValue UrlEncode(Rendering rendering, Value value, Bound arguments)
    {
        if (value is StringValue || value.Elements is null)
            return rendering.String(Quote(rendering.Text(value), isQuery: false));
        IEnumerable<Value> pairs = value is DictValue dict
            ? dict.Entries.Select(e => new TupleValue([e.Key, e.Value]))
            : rendering.Iterate(value);
        return rendering.String(string.Join('&', pairs.Select(Pair)));

        string Pair(Value pair) => rendering.ToList(pair) is [var key, var item]
            ? $"{Quote(rendering.Text(key), isQuery: true)}={Quote(rendering.Text(item), isQuery: true)}"
            : throw TemplateException.Failed("urlencode needs pairs");
    }

    private static string Quote(string text, bool isQuery)
    {
        StringBuilder quoted = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            bool isKept = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !isQuery);
            _ = isKept ? quoted.Append(c) : c == ' ' && isQuery ? quoted.Append('+') : quoted.Append('%').Append(b.ToString("X2", null));
        }

        return quoted.ToString();
    }
}
