using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>What an endpoint was found to tell.</summary>
/// <param name="Signals">What is known of its tokens.</param>
/// <param name="TellsUsage">Whether it counts the tokens of a stream when asked to.</param>
/// <param name="TellsCachedTokens">Whether it says how much of the prompt it had in its cache.</param>
/// <param name="TellsTokenIds">Whether it says the ids of tokens. They mean nothing to other members.</param>
public sealed record RemoteFeatures(SignalKind Signals, bool TellsUsage, bool TellsCachedTokens, bool TellsTokenIds);

/// <summary>Reads one streamed chat completion off the wire into an answer.</summary>
/// <param name="response">Status 200 and headers; the body is still to come.</param>
/// <param name="request">What was asked.</param>
/// <param name="options">How long it may be silent.</param>
/// <param name="contextLength">The most tokens an answer can have.</param>
/// <param name="errors">Makes exceptions of what the endpoint says.</param>
/// <param name="prompts">How long prompts were so far.</param>
/// <param name="requestBytes">The length of the request.</param>
/// <param name="removed">Cancelled when the member is removed, which is no fault of the endpoint.</param>
internal sealed class AnswerWire(
    HttpResponseMessage response, GenerationRequest request, RemoteMemberOptions options, int contextLength, RemoteErrors errors,
    PromptLengths prompts, int requestBytes, CancellationToken removed = default)
{
    // Some servers send what they held back in a chunk of its own; only far more than was asked for is cut.
    private const int TokensBeyondLimit = 16;

    // How long the count of tokens and the stream's end may take once the answer itself is whole.
    private static readonly TimeSpan AfterFinish = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterDone = TimeSpan.FromMilliseconds(100);

    private readonly TokenSplitter _splitter = new();
    private readonly List<int> _ends = [];
    private readonly long _maxTokens = (request.MaxTokens ?? contextLength) + (long)TokensBeyondLimit;
    private Stream? _body;
    private long _finishedAt;
    private FinishReason? _finish;
    private string? _stopString;
    private WireUsage? _usage;
    private bool _isDone;
    private bool _isInCall;
    private bool _hasThought;
    private int _lastCall = -1;

    /// <summary>The most that was known of any of its tokens.</summary>
    public SignalKind Seen { get; private set; }

    /// <summary>Whether it had text: only of that endpoints tell signals.</summary>
    public bool HasText { get; private set; }

    /// <summary>Whether tokens of it said their ids.</summary>
    public bool ToldIds { get; private set; }

    /// <summary>The tokens that the endpoint counted; null before it says.</summary>
    public WireUsage? Usage => _usage;

    /// <summary>Whether the answer broke because the endpoint or the way to it is not well.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reads to the end and closes the connection, unless it ended properly. Never throws.</summary>
    public async Task<AnswerEvent> ReadAsync(RemoteAnswer answer)
    {
        MemberException? failure = null;
        try
        {
            await ReadEventsAsync(answer);
        }
        catch (Exception e)
        {
            failure = FailureOf(e);
        }

        if (!_isDone)
            response.Dispose();
        // Whole is whole, whatever came after.
        if (_finish is { } finish)
            return new AnswerEvent { Result = ResultOf(answer, finish, _stopString) };
        if (answer.IsDisplaced && !answer.StopRequested)
            return new AnswerEvent { Result = ResultOf(answer, FinishReason.Displaced, null) };
        if (answer.StopRequested)
            return new AnswerEvent { Result = ResultOf(answer, FinishReason.Cancelled, null) };
        if (removed.IsCancellationRequested)
            return new AnswerEvent { Failure = new EngineException($"'{options.Name}' is being removed.") };
        IsBroken = failure is not AnswerNotTakenException;
        return new AnswerEvent { Failure = failure is EngineException ? failure : new EngineException(failure!.Message) };
    }

    /// <summary>Waits a moment for the end of a stream that is done, so that its connection can serve the next request. Never throws.</summary>
    public async Task CloseAsync()
    {
        try
        {
            if (_isDone && _body is { } body)
            {
                using CancellationTokenSource moment = new(AfterDone);
                byte[] rest = new byte[256];
                while (await body.ReadAsync(rest, moment.Token) > 0)
                {
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // Then the connection is closed.
        }
        finally
        {
            response.Dispose();
        }
    }

    private async Task ReadEventsAsync(RemoteAnswer answer)
    {
        if (response.Content.Headers.ContentType?.MediaType is not "text/event-stream")
            throw new EngineException($"'{options.Name}' answers with something else than a stream of events.");
        _body = await response.Content.ReadAsStreamAsync(answer.Abort.Token);
        await using GuardedStream stream = new(_body, answer.Abort, () => Patience(answer.Clock), options.Name);
        await foreach (SseItem<WireChunk?> item in SseParser.Create(stream, Parse).EnumerateAsync(answer.Abort.Token))
        {
            if (item.Data is not { } chunk)
            {
                _isDone = true;
                break;
            }

            if (Take(chunk, answer))
                continue;
            // The observer, or nobody reading: the same as somebody's stop.
            answer.Stop();
            return;
        }

        if (_finish is null)
            throw new EngineException($"'{options.Name}' ended its answer before it was finished.");
    }

    // Null is the end.
    private static WireChunk? Parse(string type, ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
            return null;
        if (type != "error")
            return JsonSerializer.Deserialize(data, WireJson.Default.WireChunk) ?? throw new JsonException();
        Utf8JsonReader reader = new(data);
        JsonElement error = JsonElement.ParseValue(ref reader);
        return new WireChunk(null, null,
            error.ValueKind == JsonValueKind.Object && error.TryGetProperty("error", out JsonElement inner) ? inner : error);
    }

    private bool Take(WireChunk chunk, RemoteAnswer answer)
    {
        if (chunk.Error is { } error)
            throw errors.InAnswer(error);
        _usage = chunk.Usage ?? _usage;
        foreach (WireChoice choice in chunk.Choices ?? [])
        {
            if (_finish is not null || choice.Index is > 0)
                continue;
            if (!TakeTokens(choice, answer))
                return false;
            if (choice.FinishReason is { Length: > 0 } reason)
                Finish(reason, choice, answer.Clock);
        }

        return true;
    }

    private bool TakeTokens(WireChoice choice, RemoteAnswer answer)
    {
        WireDelta? delta = choice.Delta;
        string text = delta?.Content ?? delta?.Refusal ?? "";
        // Log-probabilities of calls are told by no server alike, so their tokens have none here.
        if (delta?.ToolCalls is { Count: > 0 } calls)
            return (text.Length == 0 || TakeText(text, choice, answer)) && TakeCalls(calls, answer);
        return TakeText(text, choice, answer);
    }

    private bool TakeText(string text, WireChoice choice, RemoteAnswer answer)
    {
        HasText |= text.Length > 0;
        if (request.Tools.Count > 0)
            text = CallFields.Clean(text);
        string before = text.Length > 0 ? EndCall() : "";
        if (choice.Logprobs?.Content is { Count: > 0 } tokens)
        {
            _splitter.Split(text, tokens, _ends);
            int start = 0;
            for (int i = 0; i < tokens.Count; i++)
            {
                int id = tokens[i].Id ?? (choice.TokenIds?.Count == tokens.Count ? choice.TokenIds[i] : -1);
                ReadOnlySpan<char> piece = text.AsSpan(start.._ends[i]);
                if (!Add(i == 0 && before.Length > 0 ? $"{before}{piece}" : piece, id, tokens[i], answer))
                    return false;
                start = _ends[i];
            }

            return true;
        }

        // What it thinks is no part of its text, but costs tokens and time.
        bool thinks = (choice.Delta?.Reasoning ?? choice.Delta?.ReasoningContent) is { Length: > 0 };
        _hasThought |= thinks;
        return (text.Length == 0 && !thinks) || Add(before + text, choice.TokenIds is [int only] ? only : -1, null, answer);
    }

    private bool TakeCalls(IReadOnlyList<WireCall> calls, RemoteAnswer answer)
    {
        if (request.Kind != RequestKind.Tools)
            throw CallsUnasked();
        StringBuilder text = new();
        foreach (WireCall call in calls)
        {
            if (call.Function?.Name is { Length: > 0 } name)
            {
                if (call.Index is { } index && index <= _lastCall)
                    throw NotTaken("goes back to a call that it had ended");
                _lastCall = call.Index ?? _lastCall + 1;
                text.Append(EndCall()).Append(CallFields.Start).Append(CallFields.Clean(name)).Append(CallFields.NameEnd).Append(CallFields.Clean(call.Id ?? "")).Append(CallFields.IdEnd);
                _isInCall = true;
            }

            if (call.Function?.Arguments is not { Length: > 0 } arguments)
                continue;
            if (!_isInCall || (call.Index ?? _lastCall) != _lastCall)
                throw NotTaken("goes on with a call that is not the last it began");
            text.Append(CallFields.Clean(arguments));
        }

        return Add(text.ToString(), -1, null, answer);
    }

    // What ends a call that is open.
    private string EndCall()
    {
        string end = _isInCall ? CallFields.End.ToString() : "";
        _isInCall = false;
        return end;
    }

    private bool Add(ReadOnlySpan<char> piece, int id, WireToken? token, RemoteAnswer answer)
    {
        if (answer.Tokens >= _maxTokens)
        {
            // It does not keep to the limit, so the limit is kept here.
            _finish = FinishReason.Length;
            return false;
        }

        ToldIds |= id >= 0;
        TokenSignals? signals = token is null ? null : CandidateReading.SignalsOf(token);
        SignalKind kind = CandidateReading.KindOf(signals);
        if (kind > Seen)
            Seen = kind;
        return answer.Add(piece, new AnswerEvent
        {
            Token = Math.Max(0, id),
            Signals = signals,
            Candidates = token is not null && request.TopCandidates is { } wanted ? CandidateReading.Best(token, wanted) : null,
        });
    }

    private GenerationResult ResultOf(RemoteAnswer answer, FinishReason reason, string? stopString) =>
        answer.Result(reason, stopString, _usage, prompts.Tokens(requestBytes, _usage?.PromptTokens), _hasThought);

    private void Finish(string reason, WireChoice choice, TimeProvider clock)
    {
        _finish = reason switch
        {
            "stop" => FinishReason.Stop,
            "length" => FinishReason.Length,
            "tool_calls" when request.Kind == RequestKind.Tools => FinishReason.Stop,
            "tool_calls" or "function_call" => throw CallsUnasked(),
            "content_filter" => throw NotTaken("withholds its answer (content_filter)"),
            _ => throw new EngineException($"'{options.Name}' ended its answer for a reason that is not known: {RemoteErrors.Clean(reason)}."),
        };
        if (choice.StopReason is { ValueKind: JsonValueKind.String } stop)
            _stopString = stop.GetString();
        _finishedAt = clock.GetTimestamp();
    }

    private TimeSpan Patience(TimeProvider clock)
    {
        if (_finish is null)
            return options.SilenceTimeout;
        TimeSpan left = AfterFinish - clock.GetElapsedTime(_finishedAt);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left < options.SilenceTimeout ? left : options.SilenceTimeout;
    }

    private MemberException FailureOf(Exception exception) => exception switch
    {
        MemberException told => told,
        OperationCanceledException => new EngineException(FormattableString.Invariant(
            $"'{options.Name}' sent nothing for {options.SilenceTimeout.TotalSeconds:0.###} s in the middle of its answer.")),
        JsonException or InvalidOperationException => new EngineException($"'{options.Name}' sent something that is no chat completion in the middle of its answer."),
        IOException or HttpRequestException => new EngineException($"The connection to '{options.Name}' broke in the middle of its answer.", exception),
        _ => new EngineException($"The answer of '{options.Name}' could not be read on.", exception),
    };

    private AnswerNotTakenException CallsUnasked() =>
        NotTaken($"calls a function, though none {(request.Tools.Count == 0 ? "was given to it" : "may be called")}");

    private AnswerNotTakenException NotTaken(string what) => new($"'{options.Name}' {what}.");

    // The endpoint is well; only this answer is none that can be given on.
    private sealed class AnswerNotTakenException(string message) : MemberException("failed", message);
}

/// <summary>
/// What share of a request's bytes its prompt's tokens were on the requests so far that the endpoint has counted: an answer that is closed
/// early is not counted any more, but its prompt was read all the same. Thread-safe.
/// </summary>
internal sealed class PromptLengths
{
    private readonly Lock _gate = new();
    private double _tokens;
    private double _bytes;

    /// <summary>The prompt's tokens, by the endpoint's count or else as on the requests before; 0 where none of them was counted.</summary>
    /// <param name="bytes">The request's length.</param>
    /// <param name="counted">What the endpoint counted; null where it did not.</param>
    public int Tokens(int bytes, int? counted)
    {
        lock (_gate)
        {
            if (counted is not > 0)
                return _bytes > 0 ? (int)Math.Ceiling(bytes * _tokens / _bytes) : 0;
            _tokens += counted.Value;
            _bytes += bytes;
            return counted.Value;
        }
    }
}
