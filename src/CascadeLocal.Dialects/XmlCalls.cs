using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>
/// Calls with a tag for each parameter: <c>&lt;function=f&gt;&lt;parameter=a&gt;1&lt;/parameter&gt;&lt;/function&gt;</c>. The
/// schema tells texts from other values; the JSON comes when a call is complete.
/// </summary>
internal static class XmlCalls
{
    private const string ParameterEnd = "</parameter>";
    private static readonly string[] Inside = ["<parameter=", "</function>", "</tool_call>"];

    /// <summary>Models write the outer tag twice at times.</summary>
    private static readonly string[] Beginnings = ["<function=", "<tool_call>"];

    /// <summary>After <c>&lt;tool_call&gt;</c>: a function, or JSON.</summary>
    internal static IEnumerator<Step> Tagged(AnswerReader reader)
    {
        do
        {
            yield return Step.Run(reader.Blanks());
            if (reader.Next != '<')
            {
                yield return Step.Run(JsonCalls.Tagged(reader));
                yield break;
            }

            yield return Step.Run(reader.Marker(Beginnings));
        }
        while (reader.Matched != 0);
        yield return Step.Run(Function(reader));
    }

    /// <summary>After <c>&lt;function=</c>.</summary>
    internal static IEnumerator<Step> Function(AnswerReader reader)
    {
        reader.NewCall();
        yield return Step.Run(reader.Identifier());
        if (!reader.NameCall(reader.Word.ToString()))
            yield return Step.Fail;
        yield return reader.Next == '>' ? Step.Take : Step.Fail;
        StringBuilder json = new("{");
        while (true)
        {
            yield return Step.Run(reader.Blanks());
            yield return Step.Run(reader.Marker(Inside));
            if (reader.Matched != 0)
                break;
            yield return Step.Run(ParameterName(reader));
            string parameter = reader.Word.ToString();
            yield return Step.Run(Value(reader));
            json.Append(json.Length > 1 ? ", " : "").Append(PythonCalls.Quoted(parameter)).Append(": ")
                .Append(Json(reader.Word.ToString(), reader.Tools.KindsOf(reader.CallName!, parameter)));
        }

        reader.BeginArguments();
        reader.Argument(json.Append('}').ToString());
        reader.EndCall();
    }

    /// <summary>Everything up to the end of the tag: schemas name their parameters as they like.</summary>
    private static IEnumerator<Step> ParameterName(AnswerReader reader)
    {
        StringBuilder word = reader.Word.Clear();
        while (reader.Next != '>')
        {
            if (reader.Next is RoutineRunner.End or '<' or '\n')
                yield return Step.Fail;
            word.Append((char)reader.Next);
            yield return Step.Take;
        }

        yield return word.Length > 0 ? Step.Take : Step.Fail;
    }

    /// <summary>Everything up to the end of the parameter, without a line break at either end.</summary>
    private static IEnumerator<Step> Value(AnswerReader reader)
    {
        StringBuilder word = reader.Word.Clear();
        while (!(reader.Next == '>' && EndsWith(word, ParameterEnd.AsSpan()[..^1])))
        {
            if (reader.Next == RoutineRunner.End)
                yield return Step.Fail;
            word.Append((char)reader.Next);
            yield return Step.Take;
        }

        yield return Step.Take;
        word.Length -= ParameterEnd.Length - 1;
        if (word.Length > 0 && word[^1] == '\n')
            word.Length--;
        if (word.Length > 0 && word[0] == '\n')
            word.Remove(0, 1);
    }

    private static bool EndsWith(StringBuilder text, ReadOnlySpan<char> end)
    {
        if (text.Length < end.Length)
            return false;
        for (int i = 1; i <= end.Length; i++)
            if (text[^i] != end[^i])
                return false;
        return true;
    }

    /// <summary>
    /// The JSON of a value. Models write texts as they are: where one is allowed, what looks like another kind that is not allowed is
    /// text.
    /// </summary>
    private static string Json(string value, JsonKinds kinds)
    {
        string trimmed = value.Trim();
        bool isText = kinds != JsonKinds.All && kinds.HasFlag(JsonKinds.Text);
        if (IsJson(trimmed) && (!isText || (KindOf(trimmed) is not JsonKinds.Text and var kind && kinds.HasFlag(kind))))
            return trimmed;
        return trimmed switch
        {
            "True" or "False" when !kinds.HasFlag(JsonKinds.Text) => trimmed == "True" ? "true" : "false",
            "None" when !kinds.HasFlag(JsonKinds.Text) || (isText && kinds.HasFlag(JsonKinds.Null)) => "null",
            _ => PythonCalls.Quoted(value),
        };
    }

    private static JsonKinds KindOf(string json) => json[0] switch
    {
        '"' => JsonKinds.Text,
        't' or 'f' => JsonKinds.Truth,
        'n' => JsonKinds.Null,
        '{' => JsonKinds.Object,
        '[' => JsonKinds.Array,
        _ => JsonKinds.Number,
    };

    private static bool IsJson(string text)
    {
        JsonScanner scanner = new();
        scanner.Reset();
        StringBuilder written = new(text.Length);
        JsonProgress progress = JsonProgress.Inside;
        for (int i = 0; i < text.Length && progress == JsonProgress.Inside; i++)
        {
            progress = scanner.Push(text[i]);
            written.Append(scanner.Written);
        }

        return (progress == JsonProgress.Complete || scanner.Push(RoutineRunner.End) == JsonProgress.CompleteBefore) && written.Equals(text);
    }
}
