using System.Diagnostics;

using CascadeLocal.Cascade.Conversations;
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
        Door = new Admission(() => pool.Members.Sum(m => m.State == MemberState.Ready ? m.Capabilities!.Parallel : 0), maxWaiting);
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
        using AdmissionTicket ticket = await AdmitAsync(request, budget.Token, stop.Token);
        request = request with { AdmittedAt = Stopwatch.GetTimestamp(), Trace = span?.Context ?? request.Trace };

        // 3. Decide who answers, and who if that answer is rejected. Meanwhile the prompt is evaluated where it is likely wanted.
        Task<Route> deciding = DecideAsync(request, budget.Token, stop.Token);
        await using PrefillAhead? ahead = await PrefillAhead.BeginAsync(Pool, Router.MostUsed, request, stop.Token);
        Route route = await deciding;
        if (ahead is not null && route.Path.Rungs.All(rung => rung.Member != ahead.Member))
            await ahead.DisposeAsync();

        // 4. Start.
        await using CascadeRun run = new(this, request, client, budget, ahead, stop.Token);
        await run.StartAsync(route);

        CascadeOutcome? outcome = null;
        try
        {
            await client.BeginAsync(run.Decision, stop.Token);

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
        using AdmissionTicket ticket = await AdmitAsync(request, budget.Token, cancellationToken);
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

    private async ValueTask<AdmissionTicket> AdmitAsync(GenerationRequest request, CancellationToken budget, CancellationToken stop)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(budget, stop);
        try
        {
            return await Door.EnterAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw BudgetSpent();
        }
    }

    // The embedder may have others before this one.
    private async Task<Route> DecideAsync(GenerationRequest request, CancellationToken budget, CancellationToken stop)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(budget, stop);
        try
        {
            return await Router.RouteAsync(request, either.Token);
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
            Router.Remember(request, run.Answer, run.Route.Beside?.Decision.Member ?? outcome.Member);
        if (Observer.KeepsText)
            outcome = outcome with { Query = RoutedText.Of(request, ConversationRule.Last), Answer = run.Answer };
        _shadows.Complete(request, run.Route, outcome, run.Answer);
    }
}
