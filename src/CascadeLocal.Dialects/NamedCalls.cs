using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>Calls that name the function before the JSON of its arguments: Mistral's and DeepSeek's.</summary>
internal static class NamedCalls
{
    internal const string DeepSeekCalls = "<｜tool▁calls▁begin｜>";
    internal const string DeepSeekCall = "<｜tool▁call▁begin｜>";
    internal const string DeepSeekName = "<｜tool▁sep｜>";

    private static readonly string[] MistralFields = ["[ARGS]", "[CALL_ID]"];

    /// <summary>After <c>[TOOL_CALLS]</c>: an array, or a name, an id perhaps, and arguments.</summary>
    internal static IEnumerator<Step> Mistral(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        if (reader.Next is '[' or '{')
        {
            yield return Step.Run(JsonCalls.Tagged(reader));
            yield break;
        }

        reader.NewCall();
        yield return Step.Run(reader.Identifier());
        if (!reader.NameCall(reader.Word.ToString()))
            yield return Step.Fail;
        reader.IsIdDue = false;
        if (reader.Next == '[')
        {
            yield return Step.Run(reader.Marker(MistralFields));
            if (reader.Matched == 1)
            {
                yield return Step.Run(reader.Identifier());
                reader.IdentifyCall(reader.Word.ToString());
                yield return Step.Run(reader.Marker("[ARGS]"));
            }
        }

        yield return Step.Run(Arguments(reader));
    }

    /// <summary>After <see cref="DeepSeekCalls"/>; the calls after the first are read one by one.</summary>
    internal static IEnumerator<Step> DeepSeekFirst(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        yield return Step.Run(reader.Marker(DeepSeekCall));
        yield return Step.Run(DeepSeek(reader));
    }

    /// <summary>After <see cref="DeepSeekCall"/>: a name and arguments, or a type, a name and arguments in a fence.</summary>
    internal static IEnumerator<Step> DeepSeek(AnswerReader reader)
    {
        reader.NewCall();
        yield return Step.Run(reader.Identifier());
        string name = reader.Word.ToString();
        yield return Step.Run(reader.Marker(DeepSeekName));
        yield return Step.Run(reader.Blanks());
        if (reader.Next != '{')
        {
            yield return Step.Run(reader.Identifier());
            name = reader.Word.ToString();
            yield return Step.Run(reader.Blanks());
            yield return Step.Run(reader.Marker("```json"));
        }

        if (!reader.NameCall(name))
            yield return Step.Fail;
        yield return Step.Run(Arguments(reader));
    }

    /// <summary>After <see cref="CallFields.Start"/>. What stands between the fields is whatever came.</summary>
    internal static IEnumerator<Step> Fields(AnswerReader reader)
    {
        reader.NewCall();
        yield return Step.Run(Until(reader, CallFields.NameEnd));
        reader.NameAnyCall(reader.Word.ToString());
        yield return Step.Run(Until(reader, CallFields.IdEnd));
        reader.IdentifyCall(reader.Word.ToString());
        // Some endpoints write none for a function without parameters.
        if (reader.Next != CallFields.End)
            reader.BeginArguments();
        while (reader.Next is not (CallFields.End or AnswerReader.End))
        {
            reader.Argument((char)reader.Next);
            yield return Step.Skip;
        }

        if (reader.Next == CallFields.End)
            yield return Step.Skip;
        reader.EndCall();
    }

    private static IEnumerator<Step> Until(AnswerReader reader, char end)
    {
        reader.Word.Clear();
        while (reader.Next != end)
        {
            if (reader.Next == AnswerReader.End)
                yield return Step.Fail;
            reader.Word.Append((char)reader.Next);
            yield return Step.Take;
        }

        yield return Step.Take;
    }

    private static IEnumerator<Step> Arguments(AnswerReader reader)
    {
        yield return Step.Run(reader.Blanks());
        if (reader.Next != '{')
            yield return Step.Fail;
        yield return Step.Run(JsonCalls.Arguments(reader));
        reader.EndCall();
    }
}
