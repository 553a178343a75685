using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// Steps 4 to 6 of a request (<see cref="CascadeRunner"/>): the members that are asked, one after the other, until there is an answer
/// to deliver. Not for several threads at once.
/// </summary>
internal sealed class CascadeRun(
    CascadeRunner runner, GenerationRequest request, IClient client, AdmissionTicket ticket, CancellationTokenSource budget, PrefillAhead? ahead,
    CancellationToken stop)
    : IAsyncDisposable
{
    private readonly MemberLeases _members = new(runner.Pool);
    private readonly CancellationTokenSource _starting = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, stop);
    private readonly List<Attempt> _all = [];
    private readonly List<Attempt> _rejected = [];
    private CancellationTokenRegistration _onBudget;
    private volatile Attempt? _attempt;
    private RunRecord? _record;
    private Attempt? _delivered;
    private int _rung;
    private int _others;
    private bool _isBudgetOver;
    private bool _isShown;

    /// <summary>What was decided, and carried out.</summary>
    public Route Route { get; private set; } = null!;

    public CascadeDecision Decision => Route.Decision;

    /// <summary>Tokens of the prompt of the member that works; null where that member does not tell.</summary>
    public int? PromptTokens => _attempt?.Answer.PromptTokens;

    /// <summary>The answers that were delivered.</summary>
    public IReadOnlyList<DeliveredAnswer> Answers { get; private set; } = [];

    /// <summary>The text of the first answer that was delivered, or as much of it as was shown.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>
    /// Starts the first member. Where its context does not hold the conversation, the next one whose context is larger starts;
    /// where it has just left the pool or its chat template refuses, the next one that is ready, unless it was named.
    /// </summary>
    public async Task StartAsync(Route route)
    {
        while (true)
        {
            Route = route;
            _members.Take(route.Path.Rungs.Select(r => r.Member));
            try
            {
                Enter(await StartRungAsync(rung: 0, rejected: null));
                break;
            }
            catch (MemberException e) when (runner.Router.After(route, e) is { } other)
            {
                route = other;
                ticket.Move(route.Decision.Member);
            }
            catch (ContextLengthExceededException e)
            {
                throw new RequestTooLongException(route.Decision.Member, e);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw CascadeRunner.BudgetSpent();
            }
        }

        _record = new RunRecord(request, Decision, _attempt!, runner.Observer);
        _onBudget = budget.Token.Register(() => _attempt?.Stop());
        runner.Observer.OnDecided(Decision);
    }

    /// <summary>Goes from member to member until there is an answer to deliver.</summary>
    public async Task WorkAsync()
    {
        while (_delivered is null)
        {
            Attempt attempt = _attempt!;
            AttemptEnd end = await ReadAsync(attempt);
            if (end is AttemptEnd.Stopped or AttemptEnd.Rejected or AttemptEnd.Failed && budget.IsCancellationRequested)
                EndByBudget(attempt, end);
            else if (end == AttemptEnd.Accepted)
                Accept(attempt);
            else if (end == AttemptEnd.Rejected)
                await EscalateAsync(attempt);
            else if (end == AttemptEnd.Failed)
                await RecoverAsync(attempt);
            else if (attempt.Result is { FinishReason: FinishReason.Displaced })
                throw new QueueFullException($"'{attempt.Member}' was needed by a request that goes first.");
            else
                throw new OperationCanceledException($"The answer of {attempt.Member} was not taken in time.");
        }
    }

    /// <summary>Shows what is left to show of the answer, and tells how it went.</summary>
    public CascadeOutcome Deliver()
    {
        Attempt delivered = _delivered!;
        if (request.Streams)
            Show(delivered);
        Answers = delivered.Deliver();
        Answer = Answers[0].Text;
        return ToOutcome(_isBudgetOver ? RequestEnd.BudgetExhausted : RequestEnd.Delivered);
    }

    /// <summary>Ends what is under way, so that it is known what it took.</summary>
    public async ValueTask StopAsync()
    {
        if (_attempt is not { Result: null } attempt)
            return;
        attempt.Stop();
        await attempt.CompleteAsync(CancellationToken.None);
    }

    /// <summary>How it went so far.</summary>
    public CascadeOutcome ToOutcome(RequestEnd end)
    {
        if (_delivered is null && _attempt is { } last)
            Answer = last.Text[..last.Shown].ToString();
        return _record!.ToOutcome(end, _delivered);
    }

    public async ValueTask DisposeAsync()
    {
        await _onBudget.DisposeAsync();
        try
        {
            foreach (Attempt attempt in _all)
                await attempt.DisposeAsync();
        }
        finally
        {
            _members.Dispose();
            _starting.Dispose();
        }
    }

    private async Task<AttemptEnd> ReadAsync(Attempt attempt)
    {
        while (true)
        {
            while (attempt.Answer.TryRead(out AnswerEvent next))
            {
                attempt.Take(next);
                if (attempt.Result is not null)
                    return attempt.End;
                if (IsOpen(attempt))
                    Show(attempt);
            }

            if (!await client.WaitAsync(attempt.Answer.WaitAsync(stop), stop))
                return attempt.End;
        }
    }

    // Nobody sees a word before it is certain that all of the answer will be shown.
    private bool IsOpen(Attempt attempt)
    {
        if (!attempt.IsGated)
            return request.Streams;
        if (!attempt.IsAccepted)
            return false;
        Announce(attempt);
        return request.Streams;
    }

    private void Show(Attempt attempt)
    {
        for (int choice = 0; choice < attempt.Choices; choice++)
        {
            ReadOnlySpan<char> text = attempt.TakeText(choice, out IReadOnlyList<AnswerEvent> tokens);
            if (text.IsEmpty)
                continue;
            _isShown = true;
            client.Show(attempt.Member, choice, text, tokens, attempt.Answer.Markup);
        }
    }

    private void Announce(Attempt attempt)
    {
        if (!attempt.IsAnnounced)
            _record!.Judge(attempt, null);
        attempt.IsAnnounced = true;
    }

    private void Accept(Attempt attempt)
    {
        if (attempt.Judge?.Fault is { } fault)
            LogFault(attempt, fault);
        else if (attempt is { IsGated: true, Judge: not null })
            Announce(attempt);
        _delivered = attempt;
    }

    // Rejected: the next rung answers. Where none takes the request, the rejected answer is the best there is.
    private async Task EscalateAsync(Attempt attempt)
    {
        Attempt? next = await NextRungAsync(attempt);
        Reject(attempt, next?.Member);
        _rejected.Add(attempt);
        await GoOnAsync(attempt, next);
    }

    private void Reject(Attempt attempt, string? escalatesTo)
    {
        if (attempt.Judge!.Fault is { } fault)
        {
            LogFault(attempt, fault);
            _record!.Fail(attempt, "judge");
        }
        else
        {
            _record!.Judge(attempt, escalatesTo);
        }
    }

    private void LogFault(Attempt attempt, Exception fault) => runner.Logger.LogError(
        fault, "The judge of {Member} failed on request {Id} for a fault of this program", attempt.Member, request.Id);

    // Failed: what its member would have said another one says, as long as nobody has seen any of it. What the request is refused for
    // another one would refuse too; a whole answer is delivered then, though rejected.
    private async Task RecoverAsync(Attempt attempt)
    {
        _record!.Fail(attempt, attempt.Failure!.Word);
        if (_isShown)
            throw attempt.Failure;
        if (attempt.Failure is RequestRefusedException)
        {
            _delivered = _rejected.FindLast(rejected => rejected.IsWhole) ?? throw attempt.Failure;
            return;
        }

        await GoOnAsync(attempt, await NextRungAsync(_rejected.LastOrDefault()));
    }

    private async Task GoOnAsync(Attempt attempt, Attempt? next)
    {
        next ??= await KeptAsync() ?? await OtherAsync();
        // Who should have gone on could not begin in time.
        if (next is null or { IsWhole: true } && budget.IsCancellationRequested)
            DeliverBest(attempt);
        else if (next is null)
            throw attempt.Failure ?? new EngineException($"The answer of {attempt.Member} was rejected, and nobody else can answer.");
        else if (next.IsWhole)
            _delivered = next;
        else
            Enter(next);
    }

    private async ValueTask<Attempt?> NextRungAsync(Attempt? rejected)
    {
        while (_rung + 1 < Route.Path.Rungs.Count)
        {
            _rung++;
            if (await TryAsync(Route.Path.Rungs[_rung].Member, () => StartRungAsync(_rung, rejected)) is { } attempt)
                return attempt;
        }

        return null;
    }

    // The newest rejected answer: as it is, if it is whole; else its member says it again, and to the end.
    private async ValueTask<Attempt?> KeptAsync()
    {
        while (_rejected.Count > 0)
        {
            Attempt kept = _rejected[^1];
            if (kept.IsWhole)
                return kept;
            _rejected.RemoveAt(_rejected.Count - 1);
            if (await TryAsync(kept.Member, () => StartAloneAsync(kept.Member, kept.Tokens)) is { } attempt)
                return attempt;
        }

        return null;
    }

    private async ValueTask<Attempt?> OtherAsync()
    {
        while (_others < Route.Others.Count)
        {
            string member = Route.Others[_others++];
            if (await TryAsync(member, () => StartAloneAsync(member, default)) is { } attempt)
                return attempt;
        }

        return null;
    }

    private async ValueTask<Attempt?> TryAsync(string member, Func<ValueTask<Attempt>> start)
    {
        if (budget.IsCancellationRequested)
            return null;
        ticket.Move(member);
        Task<Attempt> starting = start().AsTask();
        await WaitForAsync(starting);
        try
        {
            return await starting;
        }
        catch (MemberException e)
        {
            _record!.Skip(member, e.Word);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }

    // A stream stays alive meanwhile: it may be a queue elsewhere that has to end.
    private async ValueTask WaitForAsync(Task<Attempt> starting)
    {
        try
        {
            await client.WaitAsync(HasEndedAsync(), stop);
        }
        catch
        {
            await _starting.CancelAsync();
            if (await HasEndedAsync() && starting.IsCompletedSuccessfully)
                _all.Add(await starting);
            throw;
        }

        async ValueTask<bool> HasEndedAsync()
        {
            await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        }
    }

    private async ValueTask<Attempt> StartRungAsync(int rung, Attempt? rejected)
    {
        EscalationPath path = Route.Path;
        string member = path.Rungs[rung].Member;
        GenerationRequest asked = ahead?.Member == member ? request with { CachedAtMost = await ahead.EndAsync(_starting.Token) } : request;
        return await Attempt.StartAsync(
            _members.Get(member), asked, path.Judge(rung, rejected?.ToEarlier()), path.IsGated(rung),
            rejected is null ? default : _members.DraftFor(member, rejected, path, runner.Settings.DraftBreakEven), ticket, _starting.Token);
    }

    private async ValueTask<Attempt> StartAloneAsync(string member, ReadOnlyMemory<int> draft)
    {
        MemberLease lease = _members.Get(member);
        return await Attempt.StartAsync(
            lease, request, verdict: null, isGated: false, lease.Capabilities.TellsTokens ? draft : default, ticket, _starting.Token);
    }

    private void Enter(Attempt attempt)
    {
        _record?.Enter(attempt);
        _all.Add(attempt);
        _attempt = attempt;
        if (budget.IsCancellationRequested)
            attempt.Stop();
    }

    private void EndByBudget(Attempt attempt, AttemptEnd end)
    {
        if (end == AttemptEnd.Failed)
            _record!.Fail(attempt, attempt.Failure!.Word);
        if (end == AttemptEnd.Rejected)
            Reject(attempt, null);
        DeliverBest(attempt);
    }

    // The best there is: what has been shown; else a whole answer, though rejected; else a beginning.
    private void DeliverBest(Attempt attempt)
    {
        _isBudgetOver = true;
        _delivered = _isShown || attempt.IsWhole ? attempt
            : _all.FindLast(a => a.IsWhole)
            ?? (attempt.Text.Length > 0 ? attempt : _all.FindLast(a => a.Failure is null && a.Text.Length > 0) ?? attempt);
        _delivered.MarkCut();
    }
}
