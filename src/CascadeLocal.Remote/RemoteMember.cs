using CascadeLocal.Contracts;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Remote;

/// <summary>
/// A member that is an OpenAI-compatible chat endpoint: vLLM, llama-server, ollama, another CascadeLocal. Its requests wait in a queue of
/// its own, are sent to that one host, and come back as events like a local member's. docs/remote.md tells it for operators.
/// </summary>
public sealed class RemoteMember : IMember
{
    private const int MaxModelsBytes = 4 * 1024 * 1024;

    private readonly RemoteMemberOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly EndpointClient _client;
    private readonly CircuitBreaker _breaker;
    private readonly SlotQueue _slots;
    private readonly ModelCard _card;
    private readonly PromptLengths _prompts;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _removed = new();
    private RemoteIdentity _identity;
    private string? _cardChange;

    private RemoteMember(
        RemoteMemberOptions options, ILogger logger, TimeProvider clock, EndpointClient client, ModelCard card, RemoteFeatures features,
        PromptLengths prompts)
    {
        _prompts = prompts;
        _options = options;
        _logger = logger;
        _clock = clock;
        _client = client;
        _card = card;
        _breaker = new CircuitBreaker(options.Name, options.Breaker, logger, clock);
        _slots = new SlotQueue(options.Parallel, options.MaxQueue);
        _identity = new RemoteIdentity(card.Fingerprint, features.Signals, clock.GetUtcNow(), null);
        Features = features;
        Capabilities = new MemberCapabilities
        {
            Model = options.Model,
            ContextLength = ContextOf(options, card),
            Parallel = options.Parallel,
            Sampling = options.Sampling,
            Signals = features.Signals,
        };
    }

    /// <inheritdoc/>
    public MemberCapabilities Capabilities { get; }

    /// <summary>What the endpoint was found to tell when the member was connected.</summary>
    public RemoteFeatures Features { get; }

    /// <inheritdoc/>
    public MemberLoad Load => _slots.Load;

    /// <summary>Whether the endpoint is asked, and what its last failure was.</summary>
    public RemoteCircuit Circuit => _breaker.Circuit;

    /// <summary>
    /// Tells what answers now from what answered before. Judges are fitted to the signals that it tells: other ones make it another
    /// member.
    /// </summary>
    public string Fingerprint => $"{Identity.Fingerprint}-{Identity.Signals.ToString().ToLowerInvariant()}";

    /// <summary>Who answers, and whether that has changed since the member was connected.</summary>
    public RemoteIdentity Identity
    {
        get
        {
            lock (_gate)
                return _identity;
        }
    }

    /// <summary>Reaches an endpoint and finds out what it is and what it tells.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="logger">Is told what happens; never a key, a prompt or an answer.</param>
    /// <param name="clock">Gives times and timeouts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RemoteOptionsException">The options cannot be.</exception>
    /// <exception cref="MemberException">The endpoint cannot be reached, or does not answer a short question.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<RemoteMember> ConnectAsync(
        RemoteMemberOptions options, ILogger logger, TimeProvider clock, CancellationToken cancellationToken)
    {
        RemoteMemberOptions.Validate(options);
        EndpointClient client = new(options, logger, clock);
        try
        {
            ModelCard card = ModelCard.Read(options.Model, await client.GetModelsAsync(MaxModelsBytes, cancellationToken));
            PromptLengths prompts = new();
            RemoteFeatures features = await RemoteProbe.AskAsync(client, options, ContextOf(options, card), prompts, clock, cancellationToken);
            RemoteMember member = new(options, logger, clock, client, card, features, prompts);
            member.LogConnected();
            return member;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// It has taken the request when status 200 and the headers are there. Times run from when the request was sent, not from when it
    /// came to wait here.
    /// </remarks>
    public async ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { Sampling = request.Sampling.Over(_options.Sampling) };
        if (request.MaxTokens is null)
            return await SendAsync(request, observer, cancellationToken);
        try
        {
            return await SendAsync(request, observer, cancellationToken);
        }
        catch (ContextLengthExceededException e) when (e.PromptTokens < e.ContextLength)
        {
            // Some servers reserve what the answer may have. Here it is a ceiling, and the context is one in any case.
            return await SendAsync(request with { MaxTokens = null }, observer, cancellationToken);
        }
    }

    private async ValueTask<IAnswer> SendAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> body = RequestBody.Write(request, _options.Model, Features);
        _breaker.ThrowIfOpen();
        long cameAt = _clock.GetTimestamp();
        SlotQueue.Slot slot = await _slots.AcquireAsync(request.Priority, cancellationToken);
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _removed.Token, slot.Displaced);
            long sentAt = _clock.GetTimestamp();
            HttpResponseMessage response = await _breaker.ExecuteAsync(
                token => _client.SendAsync(body, request, Capabilities.ContextLength, token), either.Token);
            AnswerWire wire = new(response, request, _options, Capabilities.ContextLength, _client.Errors, _prompts, body.Length, _removed.Token);
            AnswerMarkup? markup = request.Tools.Count > 0 ? new(CallFields.Dialect, BeginsInReasoning: false) : null;
            return RemoteAnswer.Begin(observer, markup, cameAt, sentAt, _clock, answer => ReadAsync(wire, answer, slot), wire.CloseAsync);
        }
        catch (Exception e)
        {
            _slots.Release(slot);
            cancellationToken.ThrowIfCancellationRequested();
            if (slot.Displaced.IsCancellationRequested)
                throw new QueueFullException($"'{_options.Name}' was needed by a request that goes first.");
            if (_removed.IsCancellationRequested)
                throw new MemberUnavailableException($"'{_options.Name}' is being removed.", e);
            throw;
        }
    }

    /// <summary>Reads again who answers. An endpoint that cannot be reached has not changed.</summary>
    /// <returns><see cref="Identity"/> afterwards.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RemoteIdentity> CheckIdentityAsync(CancellationToken cancellationToken)
    {
        ModelCard now;
        try
        {
            now = ModelCard.Read(_options.Model, await _client.GetModelsAsync(MaxModelsBytes, cancellationToken));
        }
        catch (MemberException e)
        {
            _logger.LogDebug("Who answers as {Member} could not be checked: {Reason}", _options.Name, e.Message);
            return Identity;
        }

        return See(now, null);
    }

    /// <summary>Ends what runs, as failed, and sends away what waits.</summary>
    public void Dispose()
    {
        _slots.Close();
        _removed.Cancel();
        _client.Dispose();
    }

    private static int ContextOf(RemoteMemberOptions options, ModelCard card) =>
        options.ContextLength ?? card.ContextLength ?? RemoteMemberOptions.DefaultContextLength;

    private async Task<AnswerEvent> ReadAsync(AnswerWire wire, RemoteAnswer answer, SlotQueue.Slot slot)
    {
        AnswerEvent end;
        using (slot.Displaced.UnsafeRegister(static answer => ((RemoteAnswer)answer!).Displace(), answer))
        using (_removed.Token.UnsafeRegister(static answer => ((RemoteAnswer)answer!).Cancel(), answer))
            end = await wire.ReadAsync(answer);
        _slots.Release(slot);
        if (end.Failure is { } failure && wire.IsBroken)
        {
            _logger.LogWarning("An answer of {Member} broke: {Reason}", _options.Name, failure.Message);
            _breaker.Report(failure);
        }
        else if (end.Result is { IsWhole: true } && wire.HasText)
        {
            See(null, wire.Seen);
        }

        return end;
    }

    private RemoteIdentity See(ModelCard? card, SignalKind? signals)
    {
        RemoteIdentity before, now;
        lock (_gate)
        {
            before = _identity;
            if (card is not null)
                _cardChange = _card.DifferenceTo(card);
            SignalKind seen = signals ?? before.Signals;
            string? changed = _cardChange
                ?? (seen == Features.Signals ? null : $"Its endpoint tells other signals than when it was connected: {seen} and not {Features.Signals}.");
            now = _identity = new RemoteIdentity(
                card?.Fingerprint ?? before.Fingerprint, seen, card is null ? before.CheckedAt : _clock.GetUtcNow(), changed);
        }

        if (now.Changed is { } reason && reason != before.Changed)
            _logger.LogWarning("{Member} is not what it was: {Reason}", _options.Name, reason);
        return now;
    }

    private void LogConnected()
    {
        _logger.LogInformation(
            "{Member} is {Model} at {Url}: context {Context}, signals {Signals}",
            _options.Name, _options.Model, _options.Url, Capabilities.ContextLength, Features.Signals);
        if (!_card.IsListed)
            _logger.LogWarning("The endpoint of {Member} does not list {Model}: a change of the model may go unseen", _options.Name, _options.Model);
        Uri address = new(_options.Url);
        if (_options.ApiKey is not null && address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
            _logger.LogWarning("The key of {Member} is sent without TLS", _options.Name);
    }
}
