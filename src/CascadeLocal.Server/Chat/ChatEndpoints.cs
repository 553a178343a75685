using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Chat;

/// <summary>POST /v1/chat/completions, and /v1/cascade/decide, which only says who would answer.</summary>
internal sealed class ChatEndpoints(ServerOptions options, ModelPool pool, CascadeRunner runner, DrainGate gate, ILogger logger)
{
    /// <summary>Where requests to chat have the conversation.</summary>
    public const string MessagesField = "messages";

    private const long MostCandidates = 2_000_000;

    private const string ContextLengthExceeded = "context_length_exceeded";

    public Task AnswerAsync(HttpContext context) => AnswerAsync(context, new ChatFormat());

    /// <summary>
    /// Refuses several answers side by side that would keep more candidates until their end than memory should be given for: about 100 bytes
    /// are kept of each. One answer alone is bounded by its context, and a stream keeps none.
    /// </summary>
    /// <param name="request">What every prompt is asked.</param>
    /// <param name="prompts">How many prompts come with it.</param>
    /// <exception cref="ApiException">They would: 400.</exception>
    public GenerationRequest RequireFewCandidates(GenerationRequest request, int prompts = 1)
    {
        int answers = prompts * request.Choices;
        if (answers == 1 || request.Streams || request.TopCandidates is not { } beside)
            return request;
        int? context = request.Member is { } name ? pool.Find(name)?.Capabilities?.ContextLength : pool.Members.Max(member => member.Capabilities?.ContextLength);
        int tokens = Math.Min(request.MaxTokens ?? int.MaxValue, context ?? 0);
        long candidates = (long)answers * tokens * (1 + beside);
        return candidates <= MostCandidates ? request : throw new ApiException(ApiError.InvalidRequest(string.Create(
            CultureInfo.InvariantCulture,
            $"{answers} answers of up to {tokens} tokens, with {1 + beside} log-probabilities each, are {candidates}; more than {MostCandidates} are only served as a stream. Lower 'n', the most tokens or the candidates."),
            "n"));
    }

    /// <summary>Answers a request of any kind.</summary>
    public async Task AnswerAsync(HttpContext context, IAnswerFormat format)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        using AnswerClient client = new(context, options, format, request => RequireFewCandidates(request));
        try
        {
            await runner.AnswerAsync(client, context.RequestAborted, gate.Aborted);
        }
        catch (Exception e) when (e is not ClientGoneException && !context.RequestAborted.IsCancellationRequested && ErrorOf(e, client, format.PromptField) is { } error)
        {
            if (!client.IsStreaming)
                throw new ApiException(error);
            logger.Log(e is OperationCanceledException ? LogLevel.Information : LogLevel.Error, "A stream ended before its answer: {Reason}", e.Message);
            await client.FailAsync(error);
        }
        catch (OperationCanceledException)
        {
            // The client went away, or takes nothing: nobody is left to be told.
            context.Features.GetRequiredFeature<RequestSummary>().ClientGone = true;
            context.Abort();
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Answers one of several requests that came as one.</summary>
    /// <param name="client">Keeps the answer.</param>
    /// <param name="promptField">Where the request has the prompt.</param>
    /// <param name="left">Nobody waits for the answer any more.</param>
    /// <exception cref="ApiException">It is refused, or fails.</exception>
    public async Task AnswerAsync(IClient client, string promptField, CancellationToken left)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        try
        {
            await runner.AnswerAsync(client, left, gate.Aborted);
        }
        catch (Exception e) when (ErrorOf(e, null, promptField) is { } error)
        {
            throw new ApiException(error);
        }
        finally
        {
            gate.Exit();
        }
    }

    public async Task DecideAsync(HttpContext context)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        using AnswerClient client = new(context, options, new ChatFormat(), request => request);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Aborted);
        CascadeDecision decision;
        try
        {
            decision = await runner.DecideAsync(await client.ReadAsync(stop.Token), stop.Token);
        }
        catch (Exception e) when (ErrorOf(e, client, MessagesField) is { } error)
        {
            throw new ApiException(error);
        }
        finally
        {
            gate.Exit();
        }

        DecisionHeaders.Write(context.Response, decision);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("object", "cascade.decision");
            CascadeWriter.WriteDecision(json, decision, decision.Member, decision.Path);
            json.WriteStartArray("escalates_to");
            foreach (string member in decision.EscalatesTo)
                json.WriteStringValue(member);
            json.WriteEndArray();
            CascadeWriter.WriteGuarantee(json, decision.Guarantee);
            json.WriteEndObject();
        });
    }

    /// <summary>What the client is told; null where it is no refusal or failure that it could be told of.</summary>
    private ApiError? ErrorOf(Exception exception, AnswerClient? client, string promptField) => exception switch
    {
        UnknownMemberException e => ApiError.ModelNotFound(Excerpt.Of(e.Name)),
        NoMemberException e => ApiError.Unavailable(e.Message, null, "no_model_ready"),
        RequestTooLongException e => ApiError.InvalidRequest(e.Message, promptField, ContextLengthExceeded),
        QueueFullException e => ApiError.QueueFull(e.Message, e.RetryAfter),
        InvalidTokensException e => ApiError.InvalidRequest(e.Message, e.Field == InvalidTokensException.Prompt ? promptField : e.Field),
        ChatTemplateException e => ApiError.InvalidRequest(e.Message, promptField, "chat_template_error"),
        RequestRefusedException e => ApiError.InvalidRequest(e.Message, e.Field, e.IsInvalidForm ? "invalid_form" : "not_served_by_model"),
        MemberUnavailableException e => ApiError.Unavailable(e.Message, HasFailed(client?.Request?.Member) ? null : 5, "model_unavailable"),
        MemberException e => ApiError.Unavailable(e.Message, 5, "model_unavailable"),
        OperationCanceledException when gate.Aborted.IsCancellationRequested => ServerState.DrainingError(),
        OperationCanceledException or ApiException or BadHttpRequestException => null,
        _ => Fault(exception, client),
    };

    private ApiError Fault(Exception exception, AnswerClient? client)
    {
        // What fails after a member has begun is in the log already.
        if (client is not { HasBegun: true })
            logger.LogError(exception, "Request {Id} failed for a fault of this program", client?.Request?.Id);
        return ApiError.Internal();
    }

    private bool HasFailed(string? member) => member is not null && pool.Find(member)?.State == MemberState.Failed;
}

/// <summary>
/// One request over HTTP. A whole answer is one JSON document. A streamed one opens at once, and a line that clients skip keeps it open
/// while nothing can be shown. What both look like is the format's matter.
/// </summary>
/// <param name="context">The request over HTTP.</param>
/// <param name="options">What the server was told.</param>
/// <param name="format">What request and answer look like.</param>
/// <param name="check">Refuses a request that was read well.</param>
internal sealed class AnswerClient(HttpContext context, ServerOptions options, IAnswerFormat format, Func<GenerationRequest, GenerationRequest> check) : IClient, IDisposable
{
    // Whoever has it writes: the request, and while that waits for its member the heartbeat.
    private readonly SemaphoreSlim _turn = new(0, 1);
    private EventStream? _stream;
    private CascadeDecision _decision = null!;
    private bool _isNamed;
    private PeriodicTimer? _heartbeat;

    /// <summary>The request, once it was read.</summary>
    public GenerationRequest? Request { get; private set; }

    /// <summary>Whether a member has begun to work on it.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether a stream has been opened, so that an error has to be told in it.</summary>
    public bool IsStreaming => _stream is not null;

    /// <inheritdoc/>
    public async ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] body = format.IsRead ? [] : await BodyReader.ReadAsync(context, options.BodyLimit);
        return Request = check(context.Admit(format.Read(body, context.Client().CacheSalt)));
    }

    /// <inheritdoc/>
    public async ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken)
    {
        HasBegun = true;
        DecisionHeaders.Write(context.Response, decision);
        DecisionHeaders.WriteIgnored(context.Response, format.Ignored);
        if (!Request!.Streams)
            return;
        _stream = new(context, options.WriteTimeout);
        _stream.Open();
        _decision = decision;
        // Nobody answers for a member that is named, and what is judged names no member.
        if (decision.Reason == RoutingReason.Pinned || decision.EscalatesTo.Count > 0)
            Name(decision.Member);
        await _stream.FlushAsync(cancellationToken);
        _heartbeat = new PeriodicTimer(options.HeartbeatInterval);
        _ = BeatAsync(_heartbeat, _stream);
    }

    /// <inheritdoc/>
    public void Show(string member, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        Name(member);
        format.WriteText(_stream!, choice, text, tokens, markup);
    }

    /// <inheritdoc/>
    public ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken)
    {
        // What is ready together leaves together.
        bool goesOn = _stream is null || (next.IsCompleted && !_stream.IsFull);
        return goesOn ? next : SendAndWaitAsync(_stream!, next, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken)
    {
        context.LeaveKey();
        context.Features.GetRequiredFeature<RequestSummary>().Text = Summarize(outcome.Passes[^1]);
        if (_stream is not { } stream)
        {
            DecisionHeaders.Write(context.Response, outcome);
            await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => format.WriteAnswer(json, answers, outcome), options.WriteTimeout);
            return;
        }

        Name(outcome.Member);
        format.WriteEnd(stream, answers, outcome);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Tells an error in the stream that has begun.</summary>
    public async ValueTask FailAsync(ApiError error)
    {
        EventStream stream = _stream!;
        Name(_decision.Member);
        format.WriteError(stream, error);
        try
        {
            await stream.FlushAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client went away meanwhile: nobody is left to be told.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heartbeat?.Dispose();
        _stream?.Dispose();
        _turn.Dispose();
    }

    // A stream names one model throughout, so its first event waits until no other member can take the answer over.
    private void Name(string member)
    {
        if (_isNamed)
            return;
        _isNamed = true;
        format.WriteBegin(_stream!, member == _decision.Member ? _decision : _decision with { Member = member, PromptTokens = null });
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendAndWaitAsync(EventStream stream, ValueTask<bool> next, CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        _turn.Release();
        try
        {
            return await next;
        }
        finally
        {
            // The heartbeat may be sending; no client keeps it longer than the write timeout.
            await _turn.WaitAsync(CancellationToken.None);
        }
    }

    private async Task BeatAsync(PeriodicTimer timer, EventStream stream)
    {
        long seen = stream.Flushes;
        try
        {
            while (await timer.WaitForNextTickAsync(context.RequestAborted))
            {
                // Where the request itself is writing there is no silence.
                if (stream.Flushes == seen && _turn.Wait(0))
                    await SendCommentAsync(stream);
                seen = stream.Flushes;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or the answer ended.
        }
    }

    private async Task SendCommentAsync(EventStream stream)
    {
        try
        {
            stream.WriteComment();
            await stream.FlushAsync(context.RequestAborted);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Summarize(CascadePass pass)
    {
        GenerationResult result = pass.Result;
        return string.Create(
            CultureInfo.InvariantCulture,
            $" {pass.Member}: {result.PromptTokens} prompt ({result.CachedTokens} cached) + {result.OutputTokens} tokens, {CompletionWriter.FinishReasonName(result.FinishReason)}, TTFT {result.TimeToFirstToken.TotalMilliseconds:0.0} ms, TPOT {result.TimePerOutputToken?.TotalMilliseconds ?? 0:0.00} ms");
    }
}

/// <summary>How one kind of request and its answer look on the wire. For one request.</summary>
internal interface IAnswerFormat
{
    /// <summary>Fields of the request that changed nothing; once it was read.</summary>
    IReadOnlyList<string> Ignored { get; }

    /// <summary>Whether it has its request already.</summary>
    bool IsRead => false;

    /// <summary>Where its requests have the prompt.</summary>
    string PromptField => ChatEndpoints.MessagesField;

    /// <summary>Reads and checks the request.</summary>
    /// <param name="body">Its body; empty where <see cref="IsRead"/>.</param>
    /// <param name="cacheSalt">Whose request it is.</param>
    /// <exception cref="ApiException">It is refused.</exception>
    GenerationRequest Read(ReadOnlyMemory<byte> body, string cacheSalt);

    /// <summary>Writes a whole answer.</summary>
    void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome);

    /// <summary>Begins a stream.</summary>
    void WriteBegin(EventStream stream, CascadeDecision decision);

    /// <summary>Writes a piece of an answer.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="choice">Which of the answers side by side it is, from 0.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">The tokens that it is made of, where log-probabilities were asked for.</param>
    /// <param name="markup">How calls and reasoning stand in the answer.</param>
    void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup);

    /// <summary>Ends a stream whose answers are whole.</summary>
    void WriteEnd(EventStream stream, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome);

    /// <summary>Ends a stream that failed.</summary>
    void WriteError(EventStream stream, ApiError error) => stream.WriteEvent(ApiErrorWriter.WriteObject, error);
}
