using System.Buffers;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Responses;

/// <summary>OpenAI's Responses API. A stream tells every item as it begins, grows and ends, and closes with the whole response.</summary>
/// <param name="store">Keeps responses that may be continued.</param>
/// <param name="mostCharacters">The most of a conversation, what is continued included.</param>
internal sealed class ResponsesFormat(ResponseStore store, long mostCharacters) : IAnswerFormat
{
    private ResponseBody _body = null!;
    private ResponseWriter _writer = null!;
    private ResponseEvents _events = null!;
    private OutputReader _output = null!;
    private string _model = MemberName.Cascade;

    /// <inheritdoc/>
    public IReadOnlyList<string> Ignored => _body.Ignored;

    /// <inheritdoc/>
    public GenerationRequest Read(ReadOnlyMemory<byte> body, string cacheSalt)
    {
        _body = ResponseRequestParser.Parse(body, cacheSalt, store, mostCharacters);
        return _body.Request;
    }

    /// <inheritdoc/>
    public string PromptField => "input";

    /// <inheritdoc/>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        DeliveredAnswer answer = answers[0];
        _writer = new(_body, outcome.Decision);
        _output = new(_body.Request);
        _output.Append(answer.Text, answer.Tokens, answer.Markup);
        json.WriteRawValue(Finish(answer, outcome), skipInputValidation: true);
    }

    /// <inheritdoc/>
    public void WriteBegin(EventStream stream, CascadeDecision decision)
    {
        _writer = new(_body, decision);
        _events = new(stream);
        _output = new(_body.Request, _events);
        _model = CompletionIdentity.ModelOfStream(decision);
        _events.WriteResponse("response.created", json => _writer.WriteBegun(json, _model));
        _events.WriteResponse("response.in_progress", json => _writer.WriteBegun(json, _model));
    }

    /// <inheritdoc/>
    public void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup) =>
        _output.Append(text, tokens, markup);

    /// <inheritdoc/>
    public void WriteEnd(EventStream stream, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        byte[] response = Finish(answers[0], outcome);
        _events.WriteResponse(
            IsCut(answers[0]) ? "response.incomplete" : "response.completed", json => json.WriteRawValue(response, skipInputValidation: true));
    }

    /// <inheritdoc/>
    public void WriteError(EventStream stream, ApiError error)
    {
        _events.WriteError(error);
        _events.WriteResponse("response.failed", json => _writer.WriteFailed(json, _model, _output.Items, error));
    }

    private static bool IsCut(DeliveredAnswer answer) => answer.FinishReason == FinishReason.Length;

    // It is kept before its client has it, who may continue it at once.
    private byte[] Finish(DeliveredAnswer answer, CascadeOutcome outcome)
    {
        _output.End(IsCut(answer), answer.IsStopped);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, JsonResponse.WriterOptions))
            _writer.WriteEnded(json, _output.Items, IsCut(answer), outcome, _output.CountReasoning(answer));
        byte[] response = buffer.WrittenSpan.ToArray();
        if (_body.IsStored)
            store.Add(new(_body.Request.Id, _body.Request.CacheSalt, response, _body.Input, [.. _body.Before, .. _body.Input, .. _output.Items.Select(WithoutTokens)]));
        return response;
    }

    private static ResponseItem WithoutTokens(ResponseItem item) => item is ResponseItem.Message said ? said with { Tokens = [] } : item;
}
