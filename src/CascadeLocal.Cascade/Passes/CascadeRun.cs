using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Cascade.Passes;

/// <summary>
/// Works on one request until an answer is delivered: reads the member at work, asks the next one when its answer is rejected,
/// and falls back when that one cannot answer. Not for several threads at once.
/// </summary>
internal sealed class CascadeRun : IDisposable
{
    private readonly CascadeDecision _decision;
    private readonly EscalationPath _path;
    private readonly PassStarter _starter;
    private readonly RunRecord _record;
    private readonly RequestBudget _budget;
    private readonly bool _streams;
    private readonly List<Pass> _rejected = [];
    private readonly List<Task> _endings = [];
    private Pass _pass;
    private int _rung;
    private int _others;
    private bool _shown;
    private Pass? _delivered;

    public CascadeRun(CascadeRequest request, CascadeDecision decision, PassStarter starter, Pass first, ICascadeObserver observer)
    {
        _decision = decision;
        _path = decision.Escalation ?? EscalationPath.Direct(decision.Model);
        _starter = starter;
        _streams = request.Streams;
        _record = new RunRecord(decision, first, observer);
        _pass = first;
        _budget = new RequestBudget(request);
        _budget.Watch(first);
    }

    /// <summary>The next text to show; null at the end.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="EngineException">No member could answer.</exception>
    public async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        while (_delivered is null)
        {
            string text = await StepAsync(cancellationToken);
            if (text.Length == 0)
                continue;
            _shown = true;
            return text;
        }

        return null;
    }

    /// <summary>How it went, once <see cref="NextAsync"/> has given null.</summary>
    public async Task<CascadeOutcome> CompleteAsync()
    {
        await Task.WhenAll(_endings);
        // Clients know no word for an answer that was cut by the clock.
        if (_record.IsBudgetExhausted && _delivered!.Result is { FinishReason: FinishReason.Cancelled })
            _delivered.MarkCut();
        return _record.ToOutcome(_delivered);
    }

    /// <summary>Ends the reading, wherever it is.</summary>
    public ValueTask CloseAsync() => _pass.CloseAsync();

    /// <summary>How it went so far, for a request that failed or was left.</summary>
    public CascadeOutcome Abandon() => _record.ToOutcome(null) with { Passes = [] };

    /// <summary>Stops whatever still works on it.</summary>
    public void Dispose()
    {
        _budget.Dispose();
        _pass.Dispose();
        foreach (Pass pass in _rejected)
            pass.Dispose();
    }

    private async ValueTask<string> StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await _pass.MoveNextAsync(cancellationToken))
            {
                _pass.Finish();
                return AtEnd();
            }
        }
        catch (Exception e) when (_budget.IsOver && !cancellationToken.IsCancellationRequested && _pass.IsOwnEnd(e))
        {
            _pass.FinishStopped();
            return AtEnd();
        }
        catch (EngineException)
        {
            if (Recover() is { } text)
                return text;
            throw;
        }

        if (!_pass.IsGated || _pass.Verdict == Verdict.Continue)
            return _pass.Text;
        return _pass.Verdict == Verdict.Accept ? AcceptEarly() : Reject();
    }

    private string AcceptEarly()
    {
        _record.Judge(_pass, null);
        _pass.Accept();
        return _streams ? _pass.Open() : "";
    }

    // The next member is asked first: only when it has taken the request this one is stopped, so that there is always somebody
    // at work. Where nobody takes it, this one's answer goes on and is delivered.
    private string Reject()
    {
        if (TryEscalate())
            return "";
        _pass.Accept();
        return _streams ? _pass.Open() : "";
    }

    private string AtEnd()
    {
        if (!_pass.IsWhole && _budget.IsOver)
            return DeliverBest();
        if (_pass is { IsGated: true, IsWhole: true })
        {
            if (_pass.Verdict == Verdict.Accept)
                _record.Judge(_pass, null);
            else if (TryEscalate())
                return "";
        }

        return Deliver(_pass);
    }

    private bool TryEscalate()
    {
        Pass rejected = _pass;
        Pass? next = null;
        if (_budget.IsOver)
            _record.IsBudgetExhausted = true;
        else
            next = StartNext(rejected);
        _record.Judge(rejected, next?.Model);
        if (next is null)
            return false;
        _rejected.Add(rejected);
        if (rejected.IsWhole)
            rejected.Dispose();
        else
            _endings.Add(rejected.StopAndFinishAsync());
        Enter(next);
        return true;
    }

    private Pass? StartNext(Pass? rejected)
    {
        while (_rung + 1 < _path.Rungs.Count)
        {
            _rung++;
            if (TryStart(_path.Rungs[_rung].Model, () => _starter.Start(_path, _rung, rejected)) is { } pass)
                return pass;
        }

        return null;
    }

    private Pass? StartOther()
    {
        while (_others < _decision.Others.Count)
        {
            string model = _decision.Others[_others++];
            if (TryStart(model, () => _starter.StartAlone(model)) is { } pass)
                return pass;
        }

        return null;
    }

    private Pass? TryStart(string model, Func<Pass> start)
    {
        try
        {
            return start();
        }
        catch (Exception e) when (StartFailure.WordOf(e) is { } word)
        {
            _record.Skip(model, word);
            return null;
        }
    }

    // The member at work has failed. What it would have said another one says, as long as nobody has seen any of it. Gives
    // what is to be shown now; null where nobody can answer.
    private string? Recover()
    {
        _record.Fail();
        _pass.Dispose();
        if (_shown)
            return null;
        Pass? next = StartNext(_rejected.LastOrDefault());
        if (next is null && _rejected.FindLast(p => p.IsWhole) is { } kept)
            return Deliver(kept);
        next ??= StartAgain() ?? StartOther();
        if (next is null)
            return null;
        Enter(next);
        return "";
    }

    // An answer that was rejected early is the best there is: its member says it again, and to the end.
    private Pass? StartAgain()
    {
        while (_rejected.Count > 0)
        {
            Pass rejected = _rejected[^1];
            _rejected.RemoveAt(_rejected.Count - 1);
            if (TryStart(rejected.Model, () => _starter.StartAlone(rejected.Model, rejected.Tokens)) is { } pass)
                return pass;
        }

        return null;
    }

    private void Enter(Pass pass)
    {
        _pass = pass;
        _record.Enter(pass);
        _budget.Watch(pass);
    }

    private string DeliverBest()
    {
        _record.IsBudgetExhausted = true;
        Pass best = _pass;
        if (!_shown)
            best = _rejected.FindLast(p => p.IsWhole) ?? (_pass.HoldsText ? _pass : _rejected.FindLast(p => p.HoldsText) ?? _pass);
        return Deliver(best);
    }

    private string Deliver(Pass pass)
    {
        _record.IsEscalated = _rejected.Count > 0 && !_rejected.Contains(pass);
        _delivered = pass;
        return pass.Open();
    }
}
