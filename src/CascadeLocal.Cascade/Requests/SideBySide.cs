using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// Several answers of one member to one request, read as one: an event says by <see cref="AnswerEvent.Choice"/> which answer it is of, and
/// each answer has an end of its own. The first is there from the beginning; the others begin while it is read, each when the door has a
/// place for it, and no more of them at once than the member works on, so that others' requests come in between. The first one that fails
/// fails all of them.
/// </summary>
internal sealed class SideBySide : IAnswer
{
    private readonly Func<int, CancellationToken, ValueTask<IAnswer>> _start;
    private readonly string _member;
    private readonly AdmissionTicket _ticket;
    private readonly int _atOnce;
    private readonly Lock _gate = new();
    private readonly IAnswer?[] _answers;
    private readonly AdmissionTicket?[] _places;
    // What ends a choice that never began, or did not begin well.
    private readonly AnswerEvent?[] _ends;
    private readonly Task<bool>?[] _waits;
    private readonly bool[] _ended;
    private readonly CancellationTokenSource _stop = new();
    private bool _isStopped;
    private int _begun = 1;
    private int _next;

    private SideBySide(
        IAnswer first, Func<int, CancellationToken, ValueTask<IAnswer>> start, int choices, MemberLease lease, AdmissionTicket ticket)
    {
        (_start, _member, _ticket, _atOnce) = (start, lease.Name, ticket, lease.Capabilities.Parallel);
        _answers = new IAnswer?[choices];
        _answers[0] = first;
        _places = new AdmissionTicket?[choices];
        (_ends, _waits, _ended) = (new AnswerEvent?[choices], new Task<bool>?[choices], new bool[choices]);
    }

    /// <summary>Begins the first answer.</summary>
    /// <param name="start">Begins the answer of that number.</param>
    /// <param name="choices">How many answers there are.</param>
    /// <param name="lease">Their member.</param>
    /// <param name="ticket">The request's place, which is the first answer's.</param>
    /// <param name="cancellationToken">Takes the first one back.</param>
    /// <inheritdoc cref="IMember.StartAsync" path="/exception"/>
    public static async ValueTask<SideBySide> StartAsync(
        Func<int, CancellationToken, ValueTask<IAnswer>> start, int choices, MemberLease lease, AdmissionTicket ticket,
        CancellationToken cancellationToken) => new(await start(0, cancellationToken), start, choices, lease, ticket);

    /// <inheritdoc/>
    public ReadOnlySpan<char> Text => TextOf(0);

    /// <inheritdoc/>
    public AnswerMarkup? Markup => _answers[0]!.Markup;

    /// <inheritdoc/>
    public ReadOnlySpan<char> TextOf(int choice) => _answers[choice] is { } answer ? answer.TextOf(0) : default;

    /// <inheritdoc/>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Begin();
            List<Task<bool>> waits = [];
            for (int i = 0; i < _begun; i++)
            {
                // An answer is waited for once at a time, so what was begun goes on where this wait is given up.
                if (!_ended[i])
                    waits.Add(_waits[i] ??= _answers[i]!.WaitAsync(CancellationToken.None).AsTask());
            }

            if (waits.Count == 0)
                return false;
            if (await (await Task.WhenAny(waits).WaitAsync(cancellationToken)))
                return true;
            for (int i = 0; i < _begun; i++)
            {
                if (!_ended[i] && _waits[i] is { IsCompletedSuccessfully: true, Result: false })
                    End(i);
            }
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out AnswerEvent next)
    {
        // In turns, so that no answer waits for another one's end.
        for (int tried = 0; tried < _begun; tried++)
        {
            int choice = _next;
            _next = (_next + 1) % _begun;
            if (_ended[choice] || _waits[choice] is { IsCompletedSuccessfully: false })
                continue;
            _waits[choice] = null;
            if (_ends[choice] is { } end)
                next = end;
            else if (!_answers[choice]!.TryRead(out next))
                continue;
            if (!next.IsToken)
                End(choice);
            next = next with { Choice = choice };
            return true;
        }

        next = default;
        return false;
    }

    /// <inheritdoc/>
    public void Stop()
    {
        lock (_gate)
            _isStopped = true;
        foreach (IAnswer? answer in _answers)
            answer?.Stop();
        // They end within a token, read or not.
        foreach (AdmissionTicket? place in _places)
            place?.Dispose();
        _stop.Cancel();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        foreach (Task<bool> wait in _waits.OfType<Task<bool>>())
            await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (IAnswer answer in _answers.OfType<IAnswer>())
            await answer.DisposeAsync();
        _stop.Dispose();
    }

    // Its place is free for whoever's turn it is, this request's next answer among them.
    private void End(int choice)
    {
        _ended[choice] = true;
        if (choice > 0)
            _places[choice]?.Dispose();
        else
            _ticket.Leave();
    }

    // The next ones, as places come free.
    private void Begin()
    {
        while (_begun < _answers.Length && (_isStopped || _begun - _ended.Count(ended => ended) < _atOnce))
        {
            int choice = _begun++;
            _waits[choice] = BeginAsync(choice);
        }
    }

    private async Task<bool> BeginAsync(int choice)
    {
        try
        {
            AdmissionTicket place = await _ticket.EnterAnotherAsync(_member, _stop.Token);
            lock (_gate)
            {
                _places[choice] = place;
                if (_isStopped)
                    place.Dispose();
            }

            IAnswer answer = await _start(choice, _stop.Token);
            lock (_gate)
            {
                _answers[choice] = answer;
                if (_isStopped)
                    answer.Stop();
            }

            return await answer.WaitAsync(CancellationToken.None);
        }
        catch (MemberException e)
        {
            _ends[choice] = new() { Failure = e };
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _ends[choice] = new()
            {
                Result = new() { FinishReason = FinishReason.Cancelled, PromptTokens = 0, CachedTokens = 0, OutputTokens = 0, TimeToFirstToken = default, EndToEnd = default },
            };
        }

        return true;
    }
}
