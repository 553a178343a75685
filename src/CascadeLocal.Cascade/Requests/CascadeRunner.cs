using System.Diagnostics;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Traces;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// The whole way of a request, in numbered steps. Thread-safe.
/// <code>
///   client ──1 read──▶ 2 admit ──▶ 3 decide ──▶ 4 start ──▶ 5 judge ──accepted──▶ 6 deliver ──▶ 7 record ──▶ client
///                                                  ▲            │
///                                                  └──rejected──┘ escalate
/// </code>
/// </summary>
public sealed class CascadeRunner : IAsyncDisposable
{
    private readonly ShadowRunner _shadows;

    /// <param name="pool">Who answers.</param>
    /// <param name="policies">What was fitted.</param>
    /// <param name="rule">How the turns of a conversation are routed.</param>
    /// <param name="settings">How answers are escalated.</param>
    /// <param name="maxWaiting">The most requests that wait at the door.</param>
    /// <param name="observer">Sees every request.</param>
    /// <param name="logger">Told what goes wrong.</param>
    public CascadeRunner(
        ModelPool pool, PolicyHost policies, ConversationRule rule, CascadeSettings settings, int maxWaiting, ICascadeObserver observer, ILogger logger)
    {
        (Pool, Settings, Observer, Logger) = (pool, settings, new GuardedObserver(observer, logger), logger);
        Router = new Router(pool, policies, rule, settings, logger);
        Door = new Admission(
            member => pool.Members.Sum(m => m.State == MemberState.Ready && (member is null || m.Name == member) ? m.Capabilities!.Parallel : 0),
            maxWaiting);
        _shadows = new ShadowRunner(pool, Router, settings, Door, Observer, logger);
    }

    /// <summary>Everything that takes the embedder's or a member's time comes in here.</summary>
    public Admission Door { get; }

    internal ModelPool Pool { get; }

    internal Router Router { get; }

    internal CascadeSettings Settings { get; }

    internal ICascadeObserver Observer { get; }

    internal ILogger Logger { get; }

    /// <summary>Answers one request.</summary>
    /// <param name="client">Whose request it is.</param>
    /// <param name="left">The client has gone.</param>
    /// <param name="shutdown">Requests that still run are to end.</param>
    /// <exception cref="MemberException">No member takes it or could answer it, or too many wait.</exception>
    /// <exception cref="UnknownMemberException">It names a member that is not there.</exception>
    /// <exception cref="NoMemberException">No member is ready.</exception>
    /// <exception cref="RequestTooLongException">No context holds it.</exception>
    /// <exception cref="OperationCanceledException">The client left or takes nothing, or the server is shut down.</exception>
    public async Task AnswerAsync(IClient client, CancellationToken left, CancellationToken shutdown)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(left, shutdown);

        // 1. Read.
        GenerationRequest request = await client.ReadAsync(stop.Token);
        using RequestSpan? span = RequestSpan.Begin(request);

        // 2. Admit: it waits for its turn, as long as its budget lets it.
        using CancellationTokenSource budget = BudgetOf(request);
        using AdmissionTicket ticket = await WithinAsync(
            end => Door.EnterAsync(request.CacheSalt, request.Priority, request.Member, end), budget.Token, stop.Token);
        request = request with { AdmittedAt = Stopwatch.GetTimestamp(), Trace = span?.Context ?? request.Trace };

        // 3. Decide who answers, and who if that answer is rejected. Meanwhile the prompt is evaluated where it is likely wanted.
        Task<Route> deciding = DecideAsync(request, budget.Token, stop.Token);
        await using PrefillAhead? ahead = await PrefillAhead.BeginAsync(Pool, Router.MostUsed, request, stop.Token);
        Route route = await deciding;
        if (ahead is not null && route.Path.Rungs.All(rung => rung.Member != ahead.Member))
            await ahead.DisposeAsync();

        // 4. Start, as soon as the member has a place for it.
        if (await WithinAsync(end => ticket.EnterAsync(route.Decision.Member, end), budget.Token, stop.Token))
            request = request with { PlacedAt = Stopwatch.GetTimestamp() };
        await using CascadeRun run = new(this, request, client, ticket, budget, ahead, stop.Token);
        await run.StartAsync(route);

        CascadeOutcome? outcome = null;
        try
        {
            await client.BeginAsync(run.Decision with { PromptTokens = run.PromptTokens }, stop.Token);

            // 5. Judge. The judge stands where tokens are made; what it rejects ends there, and 4. follows for the next member.
            await run.WorkAsync();

            // 6. Deliver. 7. Record: first for ourselves, since the client may be slow. Its place is free for whoever comes next.
            outcome = run.Deliver();
            ticket.Dispose();
            Record(request, run, outcome);
            await client.EndAsync(outcome, run.Answers, stop.Token);
        }
        catch (Exception e) when (outcome is null)
        {
            // 7. Record what was not delivered.
            RequestEnd end = EndOf(e, left, shutdown);
            await run.StopAsync();
            if (end == RequestEnd.Faulted)
                Logger.LogError(e, "Request {Id} failed for a fault of this program", request.Id);
            Record(request, run, run.ToOutcome(end) with { Error = end == RequestEnd.Faulted ? "a fault of this program" : e.Message });
            throw;
        }
    }

    /// <summary>Decides who would answer, without letting anybody decode.</summary>
    /// <inheritdoc cref="AnswerAsync" path="/exception"/>
    public async Task<CascadeDecision> DecideAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource budget = BudgetOf(request);
        using AdmissionTicket ticket = await WithinAsync(
            end => Door.EnterAsync(request.CacheSalt, request.Priority, member: null, end), budget.Token, cancellationToken);
        Route route = await DecideAsync(request, budget.Token, cancellationToken);
        while (true)
        {
            try
            {
                using MemberLeases members = new(Pool);
                // Members give one answer at a time; each of several would be such a one.
                await members.Get(route.Decision.Member).CheckAsync(request with { Choices = 1 }, cancellationToken);
                return route.Decision;
            }
            catch (MemberException e) when (Router.After(route, e) is { } other)
            {
                route = other;
            }
            catch (ContextLengthExceededException e)
            {
                throw new RequestTooLongException(route.Decision.Member, e);
            }
        }
    }

    /// <summary>Ends what is worked out beside requests, and begins nothing more; all of it has been reported then.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shadows.DisposeAsync();
        Router.Dispose();
    }

    private static CancellationTokenSource BudgetOf(GenerationRequest request) =>
        request.TimeLeft is { } left ? new CancellationTokenSource(left) : new CancellationTokenSource();

    // The embedder may have others before this one.
    private async Task<Route> DecideAsync(GenerationRequest request, CancellationToken budget, CancellationToken stop) =>
        await WithinAsync(async end => await Router.RouteAsync(request, end), budget, stop);

    private static async ValueTask<T> WithinAsync<T>(Func<CancellationToken, ValueTask<T>> wait, CancellationToken budget, CancellationToken stop)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(budget, stop);
        try
        {
            return await wait(either.Token);
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw BudgetSpent();
        }
    }

    internal static QueueFullException BudgetSpent() => new("The request's budget was over before a member could begin.");

    // What is none of these is a fault of this program, whether or not somebody is still there to be told.
    private static RequestEnd EndOf(Exception error, CancellationToken left, CancellationToken shutdown) => error switch
    {
        OperationCanceledException when !left.IsCancellationRequested && shutdown.IsCancellationRequested => RequestEnd.ShutDown,
        OperationCanceledException => RequestEnd.ClientLeft,
        MemberException or IOException when left.IsCancellationRequested => RequestEnd.ClientLeft,
        MemberException => RequestEnd.MemberFailed,
        _ => RequestEnd.Faulted,
    };

    private void Record(GenerationRequest request, CascadeRun run, CascadeOutcome outcome)
    {
        // In mode shadow turns go on as the cascade would have; until more is known, with the member it would have begun with.
        if (outcome.IsDelivered)
            Router.Remember(request, run.Answers[0], run.Route.Beside?.Decision.Member ?? outcome.Member);
        if (Observer.KeepsText)
            outcome = outcome with { Query = RoutedText.Of(request, ConversationRule.Last), Answer = run.Answer };
        _shadows.Complete(request, run.Route, outcome, outcome.IsDelivered ? run.Answers[0] : null);
    }
}

/// <summary>Where a request comes from and where its answer goes: an HTTP connection, a terminal. Used by one request, never at once.</summary>
public interface IClient
{
    /// <summary>Reads the request and checks it.</summary>
    ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken);

    /// <summary>It is decided who answers, and that member has begun.</summary>
    ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken);

    /// <summary>Takes what an answer goes on with, of a request that <see cref="GenerationRequest.Streams"/>. Never waits.</summary>
    /// <param name="member">Whose answer it is: from the first text on no other takes the request over.</param>
    /// <param name="choice">Which of the answers side by side it is, from 0.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">
    /// The tokens that it is made of, where log-probabilities were asked for. A token that released no text comes with the next text, or
    /// not at all.
    /// </param>
    /// <param name="markup">How calls and reasoning stand in the answer.</param>
    void Show(string member, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup);

    /// <summary>Sends what was shown, and keeps the connection alive until the member has gone on.</summary>
    /// <param name="next">Ends when it has.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What <paramref name="next"/> gives.</returns>
    /// <exception cref="OperationCanceledException">The client left, or takes nothing.</exception>
    ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken);

    /// <summary>The answer is delivered.</summary>
    /// <param name="outcome">How it went.</param>
    /// <param name="answers">As many as were asked for.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken);
}

/// <summary>An answer as it is delivered.</summary>
/// <param name="Text">All of its text.</param>
/// <param name="FinishReason">Why it ended; one that was cut counts as <see cref="FinishReason.Length"/>.</param>
/// <param name="Tokens">The tokens that the text is made of, where log-probabilities were asked for.</param>
/// <param name="Markup">How calls and reasoning stand in it; null where it is plain text.</param>
/// <param name="TokenEnds">Where the text of each of its tokens ends, where it has a markup.</param>
public sealed record DeliveredAnswer(
    string Text, FinishReason FinishReason, IReadOnlyList<AnswerEvent> Tokens, AnswerMarkup? Markup, IReadOnlyList<int> TokenEnds)
{
    /// <summary>Whether a stop string or a stop token of the request ended it.</summary>
    public bool IsStopped { get; init; }
}

/// <summary>
/// Evaluates a request's prompt where it is most likely wanted, while it is being decided who answers, and while a cheaper member tries:
/// the first token then comes as much sooner. It is background work of a member that has nothing else to do; where it was for nothing, it
/// ends, and what it leaves is an idle prefix. Not for several threads at once.
/// </summary>
internal sealed class PrefillAhead : IAsyncDisposable
{
    /// <summary>Longer conversations take so long to evaluate that a decision in the meantime saves nothing to speak of.</summary>
    private const int MostCharacters = 32_768;

    private readonly MemberLease _lease;
    private readonly IAnswer _answer;
    private int? _cached;
    private bool _isEnded;
    private bool _isDisposed;

    private PrefillAhead(MemberLease lease, IAnswer answer) => (_lease, _answer) = (lease, answer);

    /// <summary>Whose work it is.</summary>
    public string Member => _lease.Name;

    /// <summary>Begins; null where there is no such member in this process, it has something else to do, or the prompt is not for it.</summary>
    /// <param name="pool">The members.</param>
    /// <param name="member">Who most likely answers; null for nobody.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<PrefillAhead?> BeginAsync(ModelPool pool, string? member, GenerationRequest request, CancellationToken cancellationToken)
    {
        if (member is null || request is not { Member: null, Tools.Count: 0, Constraint: null } || request.Messages.Sum(m => m.Content.Length) > MostCharacters)
            return null;
        if (pool.Find(member) is not { Local: not null, Load: { Running: 0, Waiting: 0 } } found || found.TryLease() is not { } lease)
            return null;
        try
        {
            GenerationRequest prompt = new()
            {
                Id = request.Id,
                Messages = request.Messages,
                PromptText = request.PromptText,
                ReadsControlTokens = request.ReadsControlTokens,
                AddsBeginning = request.AddsBeginning,
                Prompt = request.Prompt,
                Template = request.Template,
                CacheSalt = request.CacheSalt,
                CachePartition = request.CachePartition,
                Sampling = new() { Temperature = 0 },
                MaxTokens = 1,
                Priority = RequestPriority.Background,
            };
            return new(lease, await lease.StartAsync(prompt, observer: null, cancellationToken));
        }
        catch (Exception e)
        {
            lease.Dispose();
            // Whoever is asked in earnest says what is wrong with the request.
            if (e is MemberException or OperationCanceledException or ArgumentException)
                return null;
            throw;
        }
    }

    /// <summary>Waits until the prompt is evaluated.</summary>
    /// <returns>The tokens of it that were in the cache before; null where that is not known.</returns>
    public async ValueTask<int?> EndAsync(CancellationToken cancellationToken)
    {
        while (!_isEnded && await _answer.WaitAsync(cancellationToken))
        {
            while (_answer.TryRead(out AnswerEvent next))
                (_isEnded, _cached) = (!next.IsToken, next.Result?.CachedTokens);
        }

        return _cached;
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _answer.DisposeAsync();
        _lease.Dispose();
    }
}
