using System.Globalization;

namespace CascadeLocal.Dialects;

/// <summary>Calls that are JSON objects: <c>{"name": ..., "arguments": {...}}</c> and what models make of it.</summary>
internal static class JsonCalls
{
    /// <summary>Wrappers around a call: <c>{"tool_calls": [{"function": {...}}]}</c> has two.</summary>
    private const int MaxWrappers = 2;

    /// <summary>After a marker: objects, or one array of them.</summary>
    internal static IEnumerator<Step> Tagged(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        if (reader.Next == '[')
        {
            yield return Step.Run(List(reader));
            yield break;
        }

        do
        {
            yield return Step.Run(One(reader, false));
            yield return Step.Run(reader.Blanks());
        }
        while (reader.Next == '{');
    }

    /// <summary>After a marker that may begin something else: strict as <see cref="Bare"/>, an array too.</summary>
    internal static IEnumerator<Step> Fenced(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        yield return Step.Run(reader.Next == '[' ? List(reader, isBare: true) : Bare(reader));
    }

    /// <summary>Objects in the open, parted by semicolons. With a key that no call has it is other JSON.</summary>
    internal static IEnumerator<Step> Bare(AnswerReader reader)
    {
        yield return Step.Run(One(reader, true));
        yield return Step.Run(reader.Blanks());
        while (reader.Next == ';')
        {
            yield return Step.Take;
            yield return Step.Run(reader.Blanks());
            if (reader.Next != '{')
                break;
            yield return Step.Run(One(reader, true));
            yield return Step.Run(reader.Blanks());
        }
    }

    /// <summary>An array of calls, from its bracket on; or from its first object on.</summary>
    internal static IEnumerator<Step> List(AnswerReader reader, bool isBare = false, bool isOpen = false, int depth = 0)
    {
        if (!isOpen)
            yield return reader.Next == '[' ? Step.Take : Step.Fail;
        while (true)
        {
            yield return Step.Run(reader.Blanks());
            yield return Step.Run(One(reader, isBare, depth));
            yield return Step.Run(reader.Blanks());
            if (reader.Next != ',')
                break;
            yield return Step.Take;
        }

        if (reader.Next != ']')
            yield return Step.Fail;
        reader.Held.Clear();
        yield return Step.Skip;
    }

    /// <summary>A call's arguments: an object, or a string with one inside, or null.</summary>
    internal static IEnumerator<Step> Arguments(AnswerReader reader)
    {
        reader.Json.Reset();
        if (reader.Next == 'n')
        {
            yield return Step.Run(reader.Marker("null"));
            reader.HasWholeArguments = true;
            yield break;
        }

        if (reader.Next == '"')
        {
            EncodedArguments encoded = new(reader);
            yield return Step.Run(String(reader, encoded.Push));
            if (!encoded.IsWhole)
                yield return Step.Fail;
            reader.HasWholeArguments = true;
            yield break;
        }

        if (reader.Next != '{')
            yield return Step.Fail;
        reader.BeginArguments();
        JsonProgress progress;
        do
        {
            progress = reader.Json.Push(reader.Next);
            reader.Argument(reader.Json.Written);
            reader.HasWholeArguments = progress == JsonProgress.Complete;
            yield return progress == JsonProgress.Invalid ? Step.Fail : reader.Pass;
        }
        while (progress != JsonProgress.Complete);
    }

    /// <summary>A string; what it means goes to a sink, which may refuse it, or to <see cref="AnswerReader.Word"/>.</summary>
    internal static IEnumerator<Step> String(AnswerReader reader, Func<char, bool>? sink = null)
    {
        reader.Word.Clear();
        yield return reader.Next == '"' ? reader.Pass : Step.Fail;
        while (reader.Next != '"')
        {
            if (reader.Next == RoutineRunner.End)
                yield return Step.Fail;
            char c = (char)reader.Next;
            if (c == '\\')
            {
                yield return reader.Pass;
                if (reader.Next == 'u')
                {
                    int code = 0;
                    for (int i = 0; i < 4; i++)
                    {
                        yield return reader.Pass;
                        if (reader.Next == RoutineRunner.End || !char.IsAsciiHexDigit((char)reader.Next))
                            yield return Step.Fail;
                        code = (code << 4) | Convert.ToInt32(((char)reader.Next).ToString(), 16);
                    }

                    c = (char)code;
                }
                else if (Unescape(reader.Next) is { } meant)
                    c = meant;
                else if (reader.Next == RoutineRunner.End || !Put(c))
                    yield return Step.Fail;
                else
                    c = (char)reader.Next;
            }

            if (!Put(c))
                yield return Step.Fail;
            yield return reader.Pass;
        }

        yield return reader.Pass;

        bool Put(char c)
        {
            if (sink is not null)
                return sink(c);
            reader.Word.Append(c);
            return true;
        }
    }

    private static char? Unescape(int c) => c switch
    {
        '"' or '\\' or '/' => (char)c,
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => null,
    };

    /// <summary>A control character as it has to stand in a string.</summary>
    internal static string Escape(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    private static IEnumerator<Step> One(AnswerReader reader, bool isBare, int depth = 0)
    {
        reader.NewCall();
        yield return reader.Next == '{' ? Step.Take : Step.Fail;
        yield return Step.Run(Fields(reader, isBare, depth));
        if (reader.CallName is null)
        {
            // A wrapper of calls has ended, or this was no call.
            if (!reader.HasWrapped)
                yield return Step.Fail;
            reader.Held.Clear();
            yield return Step.Skip;
            yield break;
        }

        if (isBare && !reader.HasArguments)
            yield return Step.Fail;
        reader.EndCall();
        yield return Step.Skip;
    }

    /// <summary>What stands between the braces of a call; the closing one is left.</summary>
    private static IEnumerator<Step> Fields(AnswerReader reader, bool isBare, int depth)
    {
        bool isFirst = true;
        yield return Step.Run(reader.Blanks());
        while (reader.Next != '}')
        {
            if (!isFirst)
            {
                yield return reader.Next == ',' ? reader.Pass : Step.Fail;
                yield return Step.Run(reader.Blanks());
            }

            isFirst = false;
            yield return Step.Run(String(reader));
            string key = reader.Word.ToString();
            yield return Step.Run(reader.Blanks());
            yield return reader.Next == ':' ? reader.Pass : Step.Fail;
            yield return Step.Run(reader.Blanks());
            yield return Step.Run(Field(reader, key, isBare, depth));
            yield return Step.Run(reader.Blanks());
        }
    }

    private static IEnumerator<Step> Field(AnswerReader reader, string key, bool isBare, int depth)
    {
        switch (key)
        {
            case "name" or "tool_name" or "function" when reader.Next == '"':
                yield return Step.Run(String(reader));
                if (!reader.NameCall(reader.Word.ToString()))
                    yield return Step.Fail;
                break;
            case "arguments" or "parameters" when !reader.HasArguments:
                yield return Step.Run(Arguments(reader));
                if (!reader.HasArguments)
                {
                    reader.BeginArguments();
                    reader.Argument("{}");
                }

                break;
            case "id" or "call_id" or "tool_call_id" when reader.Next == '"' && !reader.HasBegun:
                yield return Step.Run(String(reader));
                reader.IdentifyCall(reader.Word.ToString());
                break;
            case "function" or "function_call" or "tool_call" when reader.Next == '{' && reader.CallName is null && depth < MaxWrappers:
                yield return reader.Pass;
                yield return Step.Run(Fields(reader, isBare, depth + 1));
                yield return reader.Pass;
                break;
            case "tool_calls" when reader.Next == '[' && reader.CallName is null && !reader.HasArguments && depth < MaxWrappers:
                yield return Step.Run(List(reader, isBare, depth: depth + 1));
                reader.NewCall();
                reader.HasWrapped = true;
                break;
            default:
                if (isBare && !reader.HasBegun && key is not ("type" or "index" or "id" or "call_id" or "tool_call_id"))
                    yield return Step.Fail;
                yield return Step.Run(Skipped(reader));
                break;
        }
    }

    private static IEnumerator<Step> Skipped(AnswerReader reader)
    {
        reader.Json.Reset();
        while (true)
        {
            JsonProgress progress = reader.Json.Push(reader.Next);
            if (progress == JsonProgress.CompleteBefore)
                yield break;
            yield return progress == JsonProgress.Invalid ? Step.Fail : reader.Pass;
            if (progress == JsonProgress.Complete)
                yield break;
        }
    }

    /// <summary>Arguments that are written as a JSON string: what is inside is passed on.</summary>
    private sealed class EncodedArguments(AnswerReader reader)
    {
        private bool _hasBegun;
        private bool _isComplete;

        /// <summary>Whether the string held an object, or nothing at all.</summary>
        internal bool IsWhole => _isComplete || !_hasBegun;

        internal bool Push(char c)
        {
            if (PartWriter.IsBlank(c) && IsWhole)
                return true;
            if (!_hasBegun && c == '{')
            {
                reader.BeginArguments();
                _hasBegun = true;
            }

            if (!_hasBegun || _isComplete)
                return false;
            JsonProgress progress = reader.Json.Push(c);
            reader.Argument(reader.Json.Written);
            _isComplete = progress == JsonProgress.Complete;
            return progress != JsonProgress.Invalid;
        }
    }
}
