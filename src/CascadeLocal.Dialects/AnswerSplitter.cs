using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>
/// Turns the raw text of one answer into content, reasoning and tool calls while it grows. What may be the beginning of a marker
/// is held back until that is decided. The parts do not depend on how the text was cut; the time is linear in its length.
/// </summary>
public sealed class AnswerSplitter
{
    private readonly Reader _reader;
    private readonly bool _isParallel;

    /// <summary>Reads one answer.</summary>
    /// <param name="dialect">How the model writes.</param>
    /// <param name="tools">What may be called; a call of anything else is content.</param>
    /// <param name="parsesTools">Whether calls are looked for; otherwise their markup is content.</param>
    /// <param name="beginsInReasoning">Whether the prompt ends inside reasoning: <see cref="Dialect.OpensReasoning"/>.</param>
    /// <param name="isHeldToCalls">
    /// Whether the answer was held to <see cref="Dialect.CallFormat"/>, so that what looks like content at its end is a call that was cut. It is
    /// left out.
    /// </param>
    /// <param name="isParallel">Whether there may be several calls. Otherwise those after the first are left out.</param>
    public AnswerSplitter(
        Dialect dialect, IReadOnlyList<ToolDefinition> tools, bool parsesTools, bool beginsInReasoning, bool isHeldToCalls = false, bool isParallel = true)
    {
        _isParallel = isParallel;
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(tools);
        _reader = new Reader(dialect, tools, parsesTools && tools.Count > 0, beginsInReasoning, isHeldToCalls);
    }

    /// <summary>
    /// Where in the raw text reasoning stands, as far as it is decided: without its markers and the blanks at its ends, in order.
    /// </summary>
    public IReadOnlyList<Range> Thoughts => _reader.Parts.Thoughts;

    /// <summary>Steps made so far.</summary>
    internal long Work => _reader.Work;

    /// <summary>The answer goes on.</summary>
    public void Append(ReadOnlySpan<char> text) => _reader.Append(text);

    /// <summary>The answer has ended; what is held back is decided. Nothing may be appended after this.</summary>
    public void Finish() => _reader.Finish();

    /// <summary>The parts that were decided since the last time.</summary>
    public IReadOnlyList<OutputPart> Drain()
    {
        IReadOnlyList<OutputPart> parts = _reader.Parts.Drain();
        return _isParallel || parts.Count == 0 ? parts : [.. parts.Where(part => CallOf(part) is null or 0)];
    }

    private static int? CallOf(OutputPart part) => part switch
    {
        OutputPart.ToolCallBegin begin => begin.Index,
        OutputPart.ToolCallArguments arguments => arguments.Index,
        OutputPart.ToolCallEnd end => end.Index,
        _ => null,
    };

    private sealed class Reader : AnswerReader
    {
        private readonly Dialect _dialect;
        private readonly bool _parsesTools;
        private readonly bool _beginsInReasoning;
        private readonly List<Opening> _open = [];
        private readonly List<string> _markers = [];
        private readonly List<Opening> _closings = [];
        private int _closedCalls;
        private Opening? _response;
        private bool _isFinished;

        internal Reader(Dialect dialect, IReadOnlyList<ToolDefinition> tools, bool parsesTools, bool beginsInReasoning, bool isHeldToCalls)
            : base(new ToolTable(tools), new PartWriter(parsesTools), dialect.HasLateIds, isHeldToCalls)
        {
            (_dialect, _parsesTools, _beginsInReasoning) = (dialect, parsesTools, beginsInReasoning);
            Start(dialect.WritesMessages ? new Harmony(this, parsesTools).Answer(beginsInReasoning) : Answer());
        }

        internal void Append(ReadOnlySpan<char> text)
        {
            if (_isFinished)
                throw new InvalidOperationException("The answer has ended.");
            foreach (char c in text)
                Push(c);
        }

        internal void Finish()
        {
            if (_isFinished)
                return;
            _isFinished = true;
            Push(End);
            Parts.Finish();
        }

        private IEnumerator<Step> Answer()
        {
            if (_beginsInReasoning)
                yield return Step.Run(Reasoning(null));
            while (Next != End)
            {
                if (!FindOpenings((char)Next))
                {
                    Parts.Content((char)Next);
                    yield return Step.Skip;
                    continue;
                }

                yield return Step.Try(Open());
                if (HasFailed)
                    AbandonCall();
                if (HasFailed && IsCutClosing())
                    Held.Clear();
                Release();
            }
        }

        /// <summary>Which markers may begin here.</summary>
        private bool FindOpenings(char first)
        {
            _open.Clear();
            if (!_dialect.Firsts.Contains(first))
                return false;
            foreach (Opening opening in _dialect.Openings)
                if (opening.Text[0] == first && MayOpen(opening))
                    _open.Add(opening);
            return _open.Count > 0;
        }

        private bool MayOpen(Opening opening) => opening.Kind switch
        {
            OpeningKind.Call => _parsesTools,
            OpeningKind.LineCall or OpeningKind.BareCall => _parsesTools && Parts.IsAtLineStart,
            OpeningKind.AfterCall => Parts.Edge == Edge.Call && !(_closedCalls == Parts.Calls && _closings.Contains(opening)),
            OpeningKind.Reasoning => Parts.IsAtBeginning,
            OpeningKind.Response => !Parts.HasContent && Parts.Edge != Edge.Call && _response is null,
            _ => _response is not null && opening.Text == _response.Closing,
        };

        private IEnumerator<Step> Open()
        {
            if (_open.Find(o => o.Kind == OpeningKind.BareCall) is { } bare)
            {
                yield return Step.Run(bare.Read!(this));
                yield break;
            }

            _markers.Clear();
            _markers.AddRange(_open.Select(o => o.Text));
            yield return Step.Run(Marker(_markers));
            Opening opening = _open[Matched];
            if (opening.Read is { } read)
            {
                yield return Step.Run(read(this));
                yield break;
            }

            Held.Clear();
            if (opening.Kind == OpeningKind.Reasoning)
                yield return Step.Run(Reasoning(opening));
            else if (opening.Kind == OpeningKind.AfterCall)
                Close(opening);
            else
                _response = opening.Kind == OpeningKind.Response ? opening : null;
        }

        /// <summary>Whether the answer was cut inside the markup after a call, where nothing else is expected.</summary>
        private bool IsCutClosing() => Next == End && Parts.Edge == Edge.Call && Held.Length > 0
            && _open.Exists(o => o.Kind == OpeningKind.AfterCall && o.Text.StartsWith(Held.ToString(), StringComparison.Ordinal));

        /// <summary>Each marker closes a call once: the next fence opens.</summary>
        private void Close(Opening closing)
        {
            if (_closedCalls != Parts.Calls)
                _closings.Clear();
            _closedCalls = Parts.Calls;
            _closings.Add(closing);
            Parts.DropBlanks();
        }

        /// <summary>
        /// Up to the marker that closes it. Where the prompt has opened it, each may; and a model may open it once more.
        /// </summary>
        private IEnumerator<Step> Reasoning(Opening? opened)
        {
            bool isEmpty = opened is null;
            Parts.BeginReasoning();
            while (Next != End)
            {
                _open.Clear();
                _markers.Clear();
                foreach (Opening opening in _dialect.Openings)
                {
                    if (opening.Kind != OpeningKind.Reasoning)
                        continue;
                    if (opening.Closing![0] == Next && (opened ?? opening) == opening)
                        Add(opening, opening.Closing);
                    if (opening.Text[0] == Next && isEmpty)
                        Add(opening, opening.Text);
                }

                if (_markers.Count == 0)
                {
                    isEmpty &= PartWriter.IsBlank(Next);
                    Parts.Reasoning((char)Next, Position);
                    yield return Step.Skip;
                    continue;
                }

                yield return Step.Try(Marker(_markers));
                isEmpty = false;
                string held = Held.ToString();
                Held.Clear();
                if (HasFailed)
                    for (int i = 0; i < held.Length; i++)
                        Parts.Reasoning(held[i], Position - held.Length + i);
                else if (held == _open[Matched].Closing)
                {
                    Parts.EndReasoning();
                    yield break;
                }
                else
                    opened = _open[Matched];
            }
        }

        private void Add(Opening opening, string marker)
        {
            _open.Add(opening);
            _markers.Add(marker);
        }
    }
}
