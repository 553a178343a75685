using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Chat;

/// <summary>OpenAI's chat completions. A stream is the role, text, the finish, usage if asked for, and the end mark.</summary>
internal sealed class ChatFormat : IAnswerFormat
{
    private ChatBody _body = null!;
    private ChunkWriter _chunks = null!;
    private ChoiceParts[] _parts = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Ignored => _body.Ignored;

    /// <inheritdoc/>
    public GenerationRequest Read(ReadOnlyMemory<byte> body, string cacheSalt)
    {
        _body = ChatRequestParser.Parse(body, CompletionIdentity.NewId(), cacheSalt);
        return _body.Request;
    }

    /// <inheritdoc/>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome) =>
        CompletionWriter.Write(json, CompletionIdentity.Of(outcome.Decision, outcome.Member), _body, answers, outcome);

    /// <inheritdoc/>
    public void WriteBegin(EventStream stream, CascadeDecision decision)
    {
        // All chunks name one model. Which one that is is not known before the verdict, so it is the one that was asked for.
        _chunks = new(CompletionIdentity.OfStream(decision), _body);
        _parts = [.. Enumerable.Range(0, _body.Request.Choices).Select(_ => new ChoiceParts())];
        for (int choice = 0; choice < _body.Request.Choices; choice++)
            stream.WriteEvent(static (json, s) => s.Chunks.WriteRole(json, s.Choice), (Chunks: _chunks, Choice: choice));
    }

    /// <inheritdoc/>
    public void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        if (markup is null)
        {
            stream.WriteText(_chunks, choice, text, tokens);
            return;
        }

        ChoiceParts parts = _parts[choice];
        parts.Splitter ??= AnswerParts.Splitter(markup, _body.Request);
        parts.Tokens.AddRange(tokens);
        parts.Splitter.Append(text);
        WriteParts(stream, choice);
    }

    /// <inheritdoc/>
    public void WriteEnd(EventStream stream, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        int reasoningTokens = 0;
        for (int choice = 0; choice < answers.Count; choice++)
        {
            _parts[choice].Splitter?.Finish();
            reasoningTokens += AnswerParts.CountReasoning(_parts[choice].Splitter, answers[choice].TokenEnds);
            WriteParts(stream, choice);
            string reason = CompletionWriter.FinishReasonName(
                answers[choice].FinishReason, _parts[choice].HasCalls && _parts[choice].HasWholeCalls, _body.UsesOldNames);
            stream.WriteEvent(
                static (json, s) => s.Chunks.WriteFinish(json, s.Choice, s.Tokens, s.Reason, s.Outcome),
                (Chunks: _chunks, Choice: choice, Tokens: _parts[choice].TakeTokens(), Reason: reason, Outcome: choice == answers.Count - 1 ? outcome : null));
        }

        if (_body.IncludeUsage)
            stream.WriteEvent(static (json, s) => s.Chunks.WriteUsage(json, s.Outcome, s.Tokens), (Chunks: _chunks, Outcome: outcome, Tokens: reasoningTokens));
        stream.WriteDone();
    }

    private void WriteParts(EventStream stream, int choice)
    {
        ChoiceParts parts = _parts[choice];
        foreach (OutputPart part in parts.Splitter?.Drain() ?? [])
        {
            if (part is OutputPart.ToolCallEnd end)
            {
                parts.HasWholeCalls &= end.IsWhole;
                continue;
            }

            if (part is OutputPart.ToolCallBegin)
                parts.HasCalls = true;
            // Tokens go out with the first part that they have a share in, and what is no part with the finish.
            stream.WriteEvent(
                static (json, s) => s.Chunks.WritePart(json, s.Choice, s.Part, s.Tokens), (Chunks: _chunks, Choice: choice, Part: part, Tokens: parts.TakeTokens()));
        }
    }

    /// <summary>What of one answer is taken apart.</summary>
    private sealed class ChoiceParts
    {
        public AnswerSplitter? Splitter { get; set; }

        public bool HasCalls { get; set; }

        public bool HasWholeCalls { get; set; } = true;

        public List<AnswerEvent> Tokens { get; } = [];

        public AnswerEvent[] TakeTokens()
        {
            AnswerEvent[] tokens = [.. Tokens];
            Tokens.Clear();
            return tokens;
        }
    }
}
