using System.Globalization;
using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>Calls written as Python: <c>[f(a=1, b="x"), g()]</c>. Their arguments become JSON, and come when a call is complete.</summary>
internal static class PythonCalls
{
    /// <summary>Lists, tuples and dicts inside one another.</summary>
    private const int MaxDepth = 64;

    /// <summary>After a marker: calls, in brackets or not, or JSON calls.</summary>
    internal static IEnumerator<Step> Tagged(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        if (reader.Next == '{')
        {
            yield return Step.Run(JsonCalls.Tagged(reader));
            yield break;
        }

        bool isList = reader.Next == '[';
        if (isList)
        {
            yield return Step.Take;
            yield return Step.Run(reader.Blanks());
        }

        if (isList && reader.Next == '{')
        {
            yield return Step.Run(JsonCalls.List(reader, isOpen: true));
            yield break;
        }

        do
        {
            yield return Step.Run(One(reader));
            yield return Step.Run(reader.Blanks());
            if (isList && reader.Next == ',')
            {
                yield return Step.Take;
                yield return Step.Run(reader.Blanks());
            }
            else if (isList)
            {
                yield return reader.Next == ']' ? Step.Take : Step.Fail;
                reader.Held.Clear();
                yield break;
            }
        }
        while (isList || (reader.Next != RoutineRunner.End && char.IsAsciiLetter((char)reader.Next)));
    }

    /// <summary>A JSON string. Letters of all scripts stay as they are; half a surrogate pair is U+FFFD.</summary>
    internal static string Quoted(string text)
    {
        StringBuilder json = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
            json.Append(rune.Value is '"' or '\\' ? $"\\{rune}" : rune.Value >= ' ' ? rune.ToString() : JsonCalls.Escape((char)rune.Value));
        return json.Append('"').ToString();
    }

    private static IEnumerator<Step> One(AnswerReader reader)
    {
        reader.NewCall();
        yield return Step.Run(reader.Identifier());
        string name = reader.Word.ToString();
        // Gemma writes its functions as members of a module.
        if (!reader.NameCall(name) && !reader.NameCall(name[(name.LastIndexOf('.') + 1)..]))
            yield return Step.Fail;
        yield return Step.Run(reader.Blanks());
        yield return reader.Next == '(' ? Step.Take : Step.Fail;
        StringBuilder json = new("{");
        yield return Step.Run(reader.Blanks());
        while (reader.Next != ')')
        {
            yield return Step.Run(reader.Identifier());
            if (reader.Word.Length == 0)
                yield return Step.Fail;
            json.Append(json.Length > 1 ? ", " : "").Append(Quoted(reader.Word.ToString())).Append(": ");
            yield return Step.Run(reader.Blanks());
            yield return reader.Next == '=' ? Step.Take : Step.Fail;
            yield return Step.Run(reader.Blanks());
            yield return Step.Run(Value(reader, json, 0));
            yield return Step.Run(reader.Blanks());
            if (reader.Next == ',')
                yield return Step.Take;
            else if (reader.Next != ')')
                yield return Step.Fail;
            yield return Step.Run(reader.Blanks());
        }

        reader.BeginArguments();
        reader.Argument(json.Append('}').ToString());
        reader.EndCall();
        yield return Step.Skip;
    }

    private static IEnumerator<Step> Value(AnswerReader reader, StringBuilder json, int depth)
    {
        switch (reader.Next)
        {
            case '"' or '\'':
                yield return Step.Run(String(reader));
                json.Append(Quoted(reader.Word.ToString()));
                break;
            case '[' or '(':
                yield return Step.Run(Items(reader, json, depth, reader.Next == '[' ? ']' : ')', false));
                break;
            case '{':
                yield return Step.Run(Items(reader, json, depth, '}', true));
                break;
            default:
                yield return Step.Run(Scalar(reader));
                if (Json(reader.Word.ToString()) is { } text)
                    json.Append(text);
                else
                    yield return Step.Fail;
                break;
        }
    }

    private static IEnumerator<Step> Items(AnswerReader reader, StringBuilder json, int depth, char closing, bool isDict)
    {
        if (depth == MaxDepth)
            yield return Step.Fail;
        yield return Step.Take;
        json.Append(isDict ? '{' : '[');
        bool isFirst = true;
        yield return Step.Run(reader.Blanks());
        while (reader.Next != closing)
        {
            json.Append(isFirst ? "" : ", ");
            isFirst = false;
            if (isDict)
            {
                if (reader.Next is not ('"' or '\''))
                    yield return Step.Fail;
                yield return Step.Run(Value(reader, json, depth + 1));
                json.Append(": ");
                yield return Step.Run(reader.Blanks());
                yield return reader.Next == ':' ? Step.Take : Step.Fail;
                yield return Step.Run(reader.Blanks());
            }

            yield return Step.Run(Value(reader, json, depth + 1));
            yield return Step.Run(reader.Blanks());
            if (reader.Next == ',')
                yield return Step.Take;
            else if (reader.Next != closing)
                yield return Step.Fail;
            yield return Step.Run(reader.Blanks());
        }

        json.Append(isDict ? '}' : ']');
        yield return Step.Take;
    }

    private static IEnumerator<Step> Scalar(AnswerReader reader)
    {
        StringBuilder word = reader.Word.Clear();
        while (reader.Next != RoutineRunner.End && (char.IsAsciiLetterOrDigit((char)reader.Next) || reader.Next is '_' or '-' or '.' or '+'))
        {
            word.Append((char)reader.Next);
            yield return Step.Take;
        }
    }

    private static string? Json(string word) => word switch
    {
        "True" or "true" => "true",
        "False" or "false" => "false",
        "None" or "null" => "null",
        _ when word.Length == 0 || char.IsAsciiLetter(word[0]) => null,
        _ => Number(word.Replace("_", "", StringComparison.Ordinal)),
    };

    private static string? Number(string word)
    {
        JsonScanner scanner = new();
        scanner.Reset();
        if (word.All(c => scanner.Push(c) == JsonProgress.Inside) && scanner.Push(RoutineRunner.End) == JsonProgress.CompleteBefore)
            return word;
        // 1., .5 and +1 are numbers in Python only.
        return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : null;
    }

    private static IEnumerator<Step> String(AnswerReader reader)
    {
        StringBuilder word = reader.Word.Clear();
        int quote = reader.Next, quotes = 0, closing = 1;
        yield return Step.Take;
        if (reader.Next == quote)
        {
            yield return Step.Take;
            if (reader.Next != quote)
                yield break;
            yield return Step.Take;
            closing = 3;
        }

        while (quotes < closing)
        {
            if (reader.Next == RoutineRunner.End)
                yield return Step.Fail;
            quotes = reader.Next == quote ? quotes + 1 : 0;
            bool isEscape = reader.Next == '\\';
            if (!isEscape)
                word.Append((char)reader.Next);
            yield return Step.Take;
            if (isEscape)
                yield return Step.Run(Escape(reader, word));
        }

        word.Length -= closing;
    }

    /// <summary>After a backslash.</summary>
    private static IEnumerator<Step> Escape(AnswerReader reader, StringBuilder word)
    {
        int escape = reader.Next;
        yield return Step.Take;
        if (IsOctal(escape))
        {
            int octal = escape - '0';
            for (int i = 1; i < 3 && IsOctal(reader.Next); i++)
            {
                octal = (octal * 8) + reader.Next - '0';
                yield return Step.Take;
            }

            word.Append((char)octal);
            yield break;
        }

        int digits = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        long code = 0;
        for (int i = 0; i < digits; i++)
        {
            if (reader.Next == RoutineRunner.End || !char.IsAsciiHexDigit((char)reader.Next))
                yield return Step.Fail;
            code = (code << 4) | Convert.ToInt64(((char)reader.Next).ToString(), 16);
            yield return Step.Take;
        }

        if (digits == 0)
            word.Append(Unescape((char)escape));
        else if (code <= char.MaxValue)
            word.Append((char)code);
        else if (Rune.IsValid((int)Math.Min(code, int.MaxValue)))
            word.Append(new Rune((int)code).ToString());
        else
            yield return Step.Fail;
    }

    private static bool IsOctal(int c) => c is >= '0' and <= '7';

    /// <summary>Python keeps the backslash of an escape that it does not know.</summary>
    private static string Unescape(char c) => c switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        'b' => "\b",
        'f' => "\f",
        'a' => "\a",
        'v' => "\v",
        '\\' or '\'' or '"' => c.ToString(),
        '\n' => "",
        _ => $"\\{c}",
    };
}
