using System.Text;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;

namespace CascadeLocal.Server.Responses;

/// <summary>
/// Takes one answer apart into the items of a response. Their texts do not depend on how the answer was cut, so that a stream says what
/// a whole answer says.
/// </summary>
/// <param name="request">What is answered.</param>
/// <param name="observer">Sees the items grow; null for nobody.</param>
internal sealed class OutputReader(GenerationRequest request, IOutputObserver? observer = null)
{
    private readonly List<ResponseItem> _items = [];
    private readonly StringBuilder _text = new();
    private readonly List<AnswerEvent> _tokens = [];

    // Read, but in no item yet: their text is still held back.
    private readonly List<AnswerEvent> _pending = [];
    private ResponseItem? _open;
    private AnswerSplitter? _splitter;
    private int _position;
    private bool _mayCutCall;

    /// <summary>The items that have ended.</summary>
    public IReadOnlyList<ResponseItem> Items => _items;

    /// <summary>The answer goes on.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">The tokens that it is made of, where log-probabilities were asked for.</param>
    /// <param name="markup">How calls and reasoning stand in it; null where all of it is said.</param>
    public void Append(ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        if (text.IsEmpty)
            return;
        if (markup is null)
        {
            Grow<ResponseItem.Message>(text.ToString(), tokens);
            return;
        }

        _splitter ??= AnswerParts.Splitter(markup, request);
        // One by one, so that each is with the text that it released.
        foreach (AnswerEvent token in tokens)
        {
            _pending.Add(token);
            int length = Math.Clamp(token.Text.End.Value - _position, 0, text.Length);
            Split(text[..length]);
            text = text[length..];
        }

        Split(text);
    }

    /// <summary>The answer has ended.</summary>
    /// <param name="isCut">Whether before it was whole: then its last item is not, either.</param>
    /// <param name="isStopped">Whether by the request's own stop: then a call that it ends in is not whole.</param>
    public void End(bool isCut, bool isStopped)
    {
        _mayCutCall = isCut || isStopped;
        _splitter?.Finish();
        TakeParts();
        if (_open is null && _items.Count == 0)
            Begin(ResponseItem.Message.NewAnswer());
        Close(!isCut);
    }

    /// <summary>How many of its tokens were thought; once it has ended.</summary>
    public int CountReasoning(DeliveredAnswer answer) => AnswerParts.CountReasoning(_splitter, answer.TokenEnds);

    private void Split(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        _splitter!.Append(text);
        _position += text.Length;
        TakeParts();
    }

    private void TakeParts()
    {
        foreach (OutputPart part in _splitter?.Drain() ?? [])
        {
            switch (part)
            {
                case OutputPart.Content said:
                    Grow<ResponseItem.Message>(said.Text, TakeTokens(said.Text.Length));
                    break;
                case OutputPart.Reasoning thought:
                    _pending.Clear();
                    Grow<ResponseItem.Reasoning>(thought.Text, []);
                    break;
                case OutputPart.ToolCallBegin call:
                    Begin(new ResponseItem.FunctionCall(ResponseItem.NewId("fc"), call.Id ?? AnswerParts.NewId(), call.Name, ""));
                    break;
                case OutputPart.ToolCallArguments arguments:
                    _pending.Clear();
                    Grow<ResponseItem.FunctionCall>(arguments.TextDelta, []);
                    break;
                case OutputPart.ToolCallEnd end:
                    Close(end.IsWhole || !_mayCutCall);
                    break;
            }
        }
    }

    // Those that make up the end of what was read; before them stand markers, which are in no item.
    private AnswerEvent[] TakeTokens(int length)
    {
        int first = _pending.Count;
        for (int missing = length; first > 0; first--)
        {
            Range text = _pending[first - 1].Text;
            if (missing <= 0 && text.End.Value > text.Start.Value)
                break;
            missing -= text.End.Value - text.Start.Value;
        }

        AnswerEvent[] tokens = [.. _pending[first..]];
        _pending.Clear();
        return tokens;
    }

    private void Grow<TItem>(string text, IReadOnlyList<AnswerEvent> tokens)
        where TItem : ResponseItem
    {
        if (_open is not TItem)
            Begin(typeof(TItem) == typeof(ResponseItem.Reasoning) ? ResponseItem.Reasoning.New() : ResponseItem.Message.NewAnswer());
        _text.Append(text);
        _tokens.AddRange(tokens);
        observer?.OnGrown(_items.Count, _open!, text, tokens);
    }

    private void Begin(ResponseItem item)
    {
        Close(isWhole: true);
        _open = item;
        observer?.OnBegun(_items.Count, item);
    }

    private void Close(bool isWhole)
    {
        if (_open is null)
            return;
        string text = _text.ToString();
        ResponseItem item = _open switch
        {
            ResponseItem.Message said => said with { Parts = [text], Tokens = [.. _tokens], IsWhole = isWhole },
            ResponseItem.Reasoning thought => thought with { Text = text, IsWhole = isWhole },
            ResponseItem.FunctionCall call => call with { Arguments = text, IsWhole = isWhole },
            _ => throw new InvalidOperationException("Nothing else is ever begun."),
        };
        observer?.OnEnded(_items.Count, item);
        _items.Add(item);
        _open = null;
        _text.Clear();
        _tokens.Clear();
    }
}

/// <summary>Sees the items of a response while they are made, one after the other.</summary>
internal interface IOutputObserver
{
    /// <summary>An item begins, as yet without its text.</summary>
    void OnBegun(int index, ResponseItem item);

    /// <summary>It goes on.</summary>
    /// <param name="index">Which of the items it is, from 0.</param>
    /// <param name="item">The item as it began.</param>
    /// <param name="text">What is new.</param>
    /// <param name="tokens">The tokens that this is made of, where log-probabilities were asked for.</param>
    void OnGrown(int index, ResponseItem item, string text, IReadOnlyList<AnswerEvent> tokens);

    /// <summary>It has ended, and is as it stays.</summary>
    void OnEnded(int index, ResponseItem item);
}
