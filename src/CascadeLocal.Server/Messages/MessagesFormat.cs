using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Messages;

/// <summary>
/// Anthropic's messages. An answer is a list of blocks: text, thinking, and a block for each call. A stream begins, fills and ends one
/// block after the other.
/// </summary>
internal sealed class MessagesFormat : IAnswerFormat, ITextWriter
{
    private static readonly OutputPart PlainText = new OutputPart.Content("");

    private MessagesBody _body = null!;
    private AnswerSplitter? _splitter;
    private OutputPart? _open;
    private int _block = -1;
    private bool _calls;
    private bool _hasWholeCalls = true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Ignored => _body.Ignored;

    /// <inheritdoc/>
    public GenerationRequest Read(ReadOnlyMemory<byte> body, string cacheSalt)
    {
        _body = MessagesRequestParser.Parse(body, cacheSalt);
        return _body.Request;
    }

    /// <inheritdoc/>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        IReadOnlyList<ContentBlock> blocks = ContentBlock.AllOf(answers[0], _body.Request);
        json.WriteStartObject();
        MessageWriter.WriteIdentity(json, outcome.Decision.Id, outcome.Member);
        json.WriteStartArray("content");
        foreach (ContentBlock block in blocks)
            MessageWriter.WriteBlock(json, block);
        json.WriteEndArray();
        bool calls = blocks.Any(block => block.First is OutputPart.ToolCallBegin) && !blocks.Any(block => block.IsBroken);
        MessageWriter.WriteStop(json, answers[0].FinishReason, outcome, calls);
        MessageWriter.WriteUsage(json, outcome.Passes[^1].Result);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteBegin(EventStream stream, CascadeDecision decision) => stream.WriteEvent(
        "message_start"u8,
        static (json, s) => MessageWriter.WriteStart(json, s.Id, s.Model, s.Tokens),
        (decision.Id, Model: CompletionIdentity.ModelOfStream(decision), Tokens: decision.PromptTokens ?? 0));

    /// <inheritdoc/>
    public void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        if (markup is not null)
        {
            _splitter ??= AnswerParts.Splitter(markup, _body.Request);
            _splitter.Append(text);
            WriteParts(stream);
        }
        else if (text.Length > 0)
        {
            WriteText(stream, text);
        }
    }

    /// <inheritdoc/>
    public void WriteText(Utf8JsonWriter json, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens) =>
        MessageWriter.WriteDelta(json, _block, "text_delta", "text", text);

    /// <inheritdoc/>
    public void WriteEnd(EventStream stream, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        _splitter?.Finish();
        WriteParts(stream);
        EndBlock(stream);
        stream.WriteEvent(
            "message_delta"u8, static (json, s) => MessageWriter.WriteEnd(json, s.FinishReason, s.Outcome, s.Calls), (answers[0].FinishReason, Outcome: outcome, Calls: _calls && _hasWholeCalls));
        stream.WriteEvent("message_stop"u8, static (json, _) => MessageWriter.WriteBare(json, "message_stop"), 0);
    }

    /// <inheritdoc/>
    public void WriteError(EventStream stream, ApiError error) =>
        stream.WriteEvent("error"u8, static (json, s) => MessagesErrorWriter.WriteObject(json, s.Error, s.Id), (Error: error, Id: stream.RequestId));

    private void WriteParts(EventStream stream)
    {
        foreach (OutputPart part in _splitter?.Drain() ?? [])
        {
            switch (part)
            {
                case OutputPart.Content said:
                    WriteText(stream, said.Text);
                    break;
                case OutputPart.Reasoning thought:
                    if (_open is not OutputPart.Reasoning)
                        BeginBlock(stream, part);
                    WriteDelta(stream, "thinking_delta", "thinking", thought.Text);
                    break;
                case OutputPart.ToolCallBegin:
                    BeginBlock(stream, part);
                    _calls = true;
                    break;
                case OutputPart.ToolCallArguments arguments:
                    WriteDelta(stream, "input_json_delta", "partial_json", arguments.TextDelta);
                    break;
                case OutputPart.ToolCallEnd end:
                    _hasWholeCalls &= end.IsWhole;
                    EndBlock(stream);
                    break;
            }
        }
    }

    private void WriteText(EventStream stream, ReadOnlySpan<char> text)
    {
        if (_open is not OutputPart.Content)
            BeginBlock(stream, PlainText);
        stream.WriteName("content_block_delta"u8);
        stream.WriteText(this, 0, text, []);
    }

    private void BeginBlock(EventStream stream, OutputPart first)
    {
        EndBlock(stream);
        _open = first;
        _block++;
        stream.WriteEvent("content_block_start"u8, static (json, s) => MessageWriter.WriteBlockStart(json, s.Block, s.First), (Block: _block, First: first));
    }

    private void EndBlock(EventStream stream)
    {
        if (_open is null)
            return;
        _open = null;
        stream.WriteEvent("content_block_stop"u8, static (json, block) => MessageWriter.WriteBare(json, "content_block_stop", block), _block);
    }

    private void WriteDelta(EventStream stream, string type, string property, string text) => stream.WriteEvent(
        "content_block_delta"u8,
        static (json, s) => MessageWriter.WriteDelta(json, s.Block, s.Type, s.Property, s.Text),
        (Block: _block, Type: type, Property: property, Text: text));
}
