using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>What the routines of all dialects share: small texts, markers, and the call that is being read.</summary>
/// <param name="tools">What may be called.</param>
/// <param name="parts">Takes what is read.</param>
/// <param name="hasLateIds">Whether a call's id may come after its arguments.</param>
/// <param name="isHeldToCalls">Whether the answer can be nothing but calls, so that what is held back at its end is one that was cut.</param>
internal abstract class AnswerReader(ToolTable tools, PartWriter parts, bool hasLateIds, bool isHeldToCalls) : RoutineRunner
{
    private readonly StringBuilder _arguments = new();
    private string? _id;

    internal ToolTable Tools => tools;

    internal PartWriter Parts => parts;

    /// <summary>What <see cref="JsonCalls"/> follows a value with.</summary>
    internal JsonScanner Json { get; } = new();

    /// <summary>What a routine that reads a text has read.</summary>
    internal StringBuilder Word { get; } = new();

    /// <summary>Which of the markers it was.</summary>
    internal int Matched { get; private set; }

    /// <summary>The function of the call that is being read; null before it is known.</summary>
    internal string? CallName { get; private set; }

    internal bool HasBegun { get; private set; }

    /// <summary>Whether the call has arguments, be they complete or not.</summary>
    internal bool HasArguments { get; private set; }

    /// <summary>Whether these are complete, so that the call can be made whatever comes of its markup.</summary>
    internal bool HasWholeArguments { get; set; }

    /// <summary>Whether the object that is being read was around calls, and none itself.</summary>
    internal bool HasWrapped { get; set; }

    /// <summary>Whether an id may come after the arguments, so that the call has to wait for it.</summary>
    internal bool IsIdDue { get; set; }

    /// <summary>Consumes a character of a call: once it has begun, it cannot become content again.</summary>
    internal Step Pass => HasBegun ? Step.Skip : Step.Take;

    internal void NewCall()
    {
        _arguments.Clear();
        (CallName, _id, HasBegun, HasArguments, HasWholeArguments, HasWrapped) = (null, null, false, false, false, false);
        IsIdDue = hasLateIds;
    }

    /// <summary>False where there is no such tool, or the call has a name already.</summary>
    internal bool NameCall(string name)
    {
        if (CallName is not null || !tools.Contains(name))
            return false;
        NameAnyCall(name);
        return true;
    }

    /// <summary>Names a call that is one for certain, be there such a tool or not.</summary>
    internal void NameAnyCall(string name)
    {
        CallName = name;
        if (HasArguments && !IsIdDue)
            BeginCall();
    }

    internal void IdentifyCall(string id) => _id = id.Length > 0 ? id : null;

    internal void BeginArguments()
    {
        HasArguments = true;
        if (CallName is not null && (!IsIdDue || _id is not null))
            BeginCall();
    }

    internal void Argument(char c)
    {
        if (HasBegun)
            parts.Arguments(c);
        else
            _arguments.Append(c);
    }

    internal void Argument(string text)
    {
        foreach (char c in text)
            Argument(c);
    }

    internal void Argument(StringBuilder text)
    {
        for (int i = 0; i < text.Length; i++)
            Argument(text[i]);
    }

    /// <summary>The call is complete.</summary>
    internal void EndCall()
    {
        if (!HasBegun)
            BeginCall();
        if (!HasArguments)
            Argument("{}");
        parts.EndCall(isWhole: true);
        NewCall();
        Held.Clear();
    }

    /// <summary>What was read is no call after all. One that has begun ends; the end of an answer cuts one that is only held back for its id.</summary>
    internal void AbandonCall()
    {
        if (!HasBegun && Next == End && CallName is not null && HasArguments)
            BeginCall();
        if (HasBegun)
            parts.EndCall(HasWholeArguments);
        NewCall();
    }

    /// <summary>What is held back is content, unless it is a call that was cut.</summary>
    internal void Release()
    {
        if (isHeldToCalls && Next == End)
            Held.Clear();
        foreach (ReadOnlyMemory<char> chunk in Held.GetChunks())
            foreach (char c in chunk.Span)
                parts.Content(c);
        Held.Clear();
    }

    internal IEnumerator<Step> Blanks()
    {
        while (PartWriter.IsBlank(Next))
            yield return Pass;
    }

    /// <summary>One of up to 64 markers, none of which begins with another.</summary>
    internal IEnumerator<Step> Marker(params IReadOnlyList<string> markers)
    {
        ulong live = markers.Count == 64 ? ulong.MaxValue : (1UL << markers.Count) - 1;
        for (int at = 0; ; at++)
        {
            for (int i = 0; i < markers.Count; i++)
            {
                if ((live & (1UL << i)) == 0)
                    continue;
                if (at == markers[i].Length)
                {
                    Matched = i;
                    yield break;
                }

                if (markers[i][at] != Next)
                    live &= ~(1UL << i);
            }

            yield return live == 0 ? Step.Fail : Pass;
        }
    }

    /// <summary>The name of a function, or of a parameter in Python, or an id; it may be empty.</summary>
    internal IEnumerator<Step> Identifier()
    {
        Word.Clear();
        while (Next != End && (char.IsAsciiLetterOrDigit((char)Next) || Next is '_' or '-' or '.' or ':' or '/'))
        {
            Word.Append((char)Next);
            yield return Pass;
        }
    }

    private void BeginCall()
    {
        parts.BeginCall(CallName!, _id);
        HasBegun = true;
        Held.Clear();
        foreach (ReadOnlyMemory<char> chunk in _arguments.GetChunks())
            foreach (char c in chunk.Span)
                parts.Arguments(c);
        _arguments.Clear();
    }
}
