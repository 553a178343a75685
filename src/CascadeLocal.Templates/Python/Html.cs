using System.Net;
using System.Text;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>What markupsafe does to texts.</summary>
internal static class Html
{
    /// <summary>The text with HTML's signs escaped, unless it is safe already.</summary>
    public static string Escape(StringValue text) => text.IsSafe ? text.Text : Escape(text.Text);

    public static StringValue Escaped(StringValue text) => text.IsSafe ? text : text.With(Escape(text.Text)).From(Origin.OfResult(text, []));

    public static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny("&<>\"'") < 0)
            return text;
        StringBuilder escaped = new(text.Length + 16);
        foreach (char c in text)
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&#34;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    /// <summary>Without comments and tags, white space as single blanks, entities as what they stand for.</summary>
    public static string StripTags(string text)
    {
        string plain = Without(Without(text, "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', PythonText.Split(plain, -1).Select(w => plain[w])));
    }

    private static string Without(string text, string open, string close)
    {
        StringBuilder rest = new(text.Length);
        int at = 0;
        while (text.IndexOf(open, at, StringComparison.Ordinal) is var start && start >= 0
            && text.IndexOf(close, start, StringComparison.Ordinal) is var end && end >= 0)
        {
            rest.Append(text, at, start - at);
            at = end + close.Length;
        }

        return rest.Append(text, at, text.Length - at).ToString();
    }
}
