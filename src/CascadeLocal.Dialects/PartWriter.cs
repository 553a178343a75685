using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>Where the text of an answer stands.</summary>
internal enum Edge
{
    /// <summary>In content, or before it.</summary>
    None,

    /// <summary>Only blanks came since reasoning ended.</summary>
    Reasoning,

    /// <summary>Only blanks came since a call ended.</summary>
    Call,
}

/// <summary>Collects parts; joins text of one kind, and drops the blanks around calls and reasoning.</summary>
/// <param name="holdsBlanks">Whether blanks wait for what follows them, since a call may.</param>
internal sealed class PartWriter(bool holdsBlanks)
{
    private readonly List<OutputPart> _parts = [];
    private readonly StringBuilder _run = new();
    private readonly StringBuilder _blanks = new();
    private readonly List<Range> _thoughts = [];
    private Kind _kind;
    private bool _isReasoningEmpty;

    private enum Kind
    {
        Content,
        Reasoning,
        Arguments,
    }

    /// <summary>Where in the text reasoning stands, without the blanks at its ends.</summary>
    internal IReadOnlyList<Range> Thoughts => _thoughts;

    /// <summary>Calls that have ended.</summary>
    internal int Calls { get; private set; }

    internal Edge Edge { get; private set; }

    /// <summary>Whether there is content that is not blank.</summary>
    internal bool HasContent { get; private set; }

    /// <summary>Whether nothing but blanks came at all.</summary>
    internal bool IsAtBeginning => !HasContent && Edge == Edge.None;

    /// <summary>Whether only blanks stand before on this line.</summary>
    internal bool IsAtLineStart { get; private set; } = true;

    internal static bool IsBlank(int c) => c is ' ' or '\n' or '\r' or '\t';

    internal void Content(char c)
    {
        if (IsBlank(c) && (holdsBlanks || IsAtBeginning || Edge != Edge.None))
        {
            _blanks.Append(c);
            IsAtLineStart |= c == '\n';
            return;
        }

        // Blanks after a call part it from text on both sides; elsewhere they belong to the markup.
        if (Edge == Edge.Reasoning || (Edge == Edge.Call && !HasContent))
            _blanks.Clear();
        Flush(Kind.Content);
        Add(Kind.Content, c);
        IsAtLineStart = c == '\n' || (IsAtLineStart && IsBlank(c));
        (Edge, HasContent) = (Edge.None, true);
    }

    internal void BeginReasoning()
    {
        _blanks.Clear();
        _isReasoningEmpty = true;
    }

    internal void Reasoning(char c, int at)
    {
        if (IsBlank(c))
        {
            if (!_isReasoningEmpty)
                _blanks.Append(c);
            return;
        }

        Flush(Kind.Reasoning);
        Add(Kind.Reasoning, c);
        if (_isReasoningEmpty)
            _thoughts.Add(at..at);
        _thoughts[^1] = _thoughts[^1].Start..(at + 1);
        _isReasoningEmpty = false;
    }

    internal void EndReasoning() => EndMarkup(Edge.Reasoning);

    internal void BeginCall(string name, string? id)
    {
        _blanks.Clear();
        EndRun();
        _parts.Add(new OutputPart.ToolCallBegin(Calls, name, id));
    }

    internal void Arguments(char c) => Add(Kind.Arguments, c);

    internal void DropBlanks() => _blanks.Clear();

    internal void EndCall(bool isWhole)
    {
        EndRun();
        _parts.Add(new OutputPart.ToolCallEnd(Calls++, isWhole));
        EndMarkup(Edge.Call);
    }

    /// <summary>The answer has ended.</summary>
    internal void Finish()
    {
        if (Edge == Edge.None && _kind != Kind.Reasoning)
            Flush(Kind.Content);
        _blanks.Clear();
        EndRun();
    }

    /// <summary>The parts since the last time. Half a surrogate pair waits for its other half.</summary>
    internal IReadOnlyList<OutputPart> Drain()
    {
        char? half = _run.Length > 0 && char.IsHighSurrogate(_run[^1]) ? _run[^1] : null;
        if (half is not null)
            _run.Length--;
        EndRun();
        if (half is { } c)
            _run.Append(c);
        if (_parts.Count == 0)
            return [];
        OutputPart[] parts = [.. _parts];
        _parts.Clear();
        return parts;
    }

    private void EndMarkup(Edge edge)
    {
        _blanks.Clear();
        Edge = edge;
        IsAtLineStart = true;
    }

    private void Flush(Kind kind)
    {
        foreach (ReadOnlyMemory<char> chunk in _blanks.GetChunks())
            foreach (char c in chunk.Span)
                Add(kind, c);
        _blanks.Clear();
    }

    private void Add(Kind kind, char c)
    {
        if (kind != _kind)
            EndRun();
        _kind = kind;
        _run.Append(c);
    }

    private void EndRun()
    {
        if (_run.Length == 0)
            return;
        string text = _run.ToString();
        _run.Clear();
        _parts.Add(_kind switch
        {
            Kind.Content => new OutputPart.Content(text),
            Kind.Reasoning => new OutputPart.Reasoning(text),
            _ => new OutputPart.ToolCallArguments(Calls, text),
        });
    }
}
