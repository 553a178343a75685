using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>
/// The messages of gpt-oss: a header with channel and recipient, then a body. Analysis is reasoning, a message to a function is a
/// call, the rest is content.
/// </summary>
internal sealed class Harmony(AnswerReader reader, bool parsesTools)
{
    internal const string Start = "<|start|>";
    internal const string Channel = "<|channel|>";
    internal const string Constrain = "<|constrain|>";
    internal const string Message = "<|message|>";
    internal const string AnalysisHeader = Channel + "analysis" + Message;
    internal const string FinalHeader = Channel + "final" + Message;

    private const string Recipient = "to=";

    /// <summary>Longer headers are none.</summary>
    private const int MaxHeader = 512;

    private static readonly string[] InHeader = [Message, Channel, Constrain, Start];
    private static readonly string[] InBody = ["<|end|>", "<|return|>", "<|call|>", Start, Channel];

    private readonly StringBuilder _header = new();
    private Body _body = Body.Content;
    private string? _opened;

    private enum Body
    {
        Content,
        Reasoning,
        Call,

        /// <summary>A call that cannot be made: its markup is content too.</summary>
        Raw,
    }

    internal IEnumerator<Step> Answer(bool beginsInReasoning)
    {
        if (beginsInReasoning)
            Enter(Body.Reasoning);
        else if (reader.Next is ' ' or '<')
            yield return Step.Run(Headed());
        while (reader.Next != RoutineRunner.End)
        {
            yield return Step.Run(_body == Body.Call ? Call() : Text());
            if (_opened is not null)
                yield return Step.Run(Headed());
        }

        reader.Release();
    }

    private IEnumerator<Step> Headed()
    {
        yield return Step.Try(Header());
        if (!reader.HasFailed)
            yield break;
        Leave();
        _body = Body.Content;
        // A header that was cut says nothing, unless it was that of a call.
        string header = _header.ToString();
        if (reader.Next == RoutineRunner.End && header.Length > 0 && !header.Contains(Recipient, StringComparison.Ordinal))
            reader.Held.Clear();
        reader.Release();
    }

    /// <summary>From where the assistant's turn begins, or from a marker that was read already, to the body.</summary>
    private IEnumerator<Step> Header()
    {
        _header.Clear().Append(_opened);
        _opened = null;
        if (_header.Length == 0 && reader.Next == ' ')
        {
            yield return Step.Run(reader.Marker(" to="));
            _header.Append(" to=");
        }

        while (true)
        {
            if (reader.Next is RoutineRunner.End or '\n' || _header.Length > MaxHeader)
                yield return Step.Fail;
            if (reader.Next != '<')
            {
                _header.Append((char)reader.Next);
                yield return Step.Take;
                continue;
            }

            yield return Step.Run(reader.Marker(InHeader));
            if (reader.Matched == 0)
                break;
            _header.Append(InHeader[reader.Matched]);
        }

        Begin(_header.ToString());
    }

    private void Begin(string header)
    {
        Leave();
        string? recipient = After(header, Recipient);
        string? channel = After(header, Channel);
        reader.NewCall();
        if (recipient is not null)
        {
            string name = recipient.StartsWith("functions.", StringComparison.Ordinal) ? recipient["functions.".Length..] : recipient;
            _body = parsesTools && reader.NameCall(name) ? Body.Call : Body.Raw;
        }
        else
            Enter(channel == "analysis" ? Body.Reasoning : Body.Content);
        if (_body == Body.Raw)
            reader.Release();
        else if (_body != Body.Call)
            reader.Held.Clear();
    }

    private void Enter(Body body)
    {
        _body = body;
        if (body == Body.Reasoning)
            reader.Parts.BeginReasoning();
    }

    private void Leave()
    {
        if (_body == Body.Reasoning)
            reader.Parts.EndReasoning();
    }

    private static string? After(string header, string marker)
    {
        int at = header.IndexOf(marker, StringComparison.Ordinal);
        if (at < 0)
            return null;
        ReadOnlySpan<char> rest = header.AsSpan(at + marker.Length);
        int end = rest.IndexOfAny(' ', '<');
        return (end < 0 ? rest : rest[..end]).ToString();
    }

    /// <summary>A body up to the marker that ends it, or up to where the next header begins.</summary>
    private IEnumerator<Step> Text()
    {
        while (reader.Next != RoutineRunner.End)
        {
            if (reader.Next != '<')
            {
                Write((char)reader.Next, reader.Position);
                yield return Step.Skip;
                continue;
            }

            yield return Step.Try(reader.Marker(InBody));
            if (!reader.HasFailed && EndsBody())
                yield break;
            string held = reader.Held.ToString();
            reader.Held.Clear();
            // Cut inside the marker that ends a call.
            if (reader.Next == RoutineRunner.End && reader.Parts.Edge == Edge.Call)
                yield break;
            for (int i = 0; i < held.Length; i++)
                Write(held[i], reader.Position - held.Length + i);
        }
    }

    private void Write(char c, int at)
    {
        if (_body == Body.Reasoning)
            reader.Parts.Reasoning(c, at);
        else
            reader.Parts.Content(c);
    }

    /// <summary>After a marker. What ends a message means nothing, what begins one waits for the rest of the header.</summary>
    private bool EndsBody()
    {
        if (InBody[reader.Matched] is Start or Channel)
        {
            _opened = InBody[reader.Matched];
            return true;
        }

        if (_body == Body.Raw)
            return false;
        Leave();
        _body = Body.Content;
        reader.Held.Clear();
        return true;
    }

    private IEnumerator<Step> Call()
    {
        yield return Step.Try(Arguments());
        if (reader.HasFailed)
        {
            reader.AbandonCall();
            reader.Release();
        }

        _body = reader.HasFailed ? Body.Raw : Body.Content;
    }

    private IEnumerator<Step> Arguments()
    {
        yield return Step.Run(reader.Blanks());
        yield return Step.Run(JsonCalls.Arguments(reader));
        reader.EndCall();
    }
}
