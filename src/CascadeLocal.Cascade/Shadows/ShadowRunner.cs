using CascadeLocal.Cascade.Passes;
using CascadeLocal.Cascade.Routing;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Shadows;

/// <summary>
/// Reports requests that ended, and works out in the background what is to be known beside them. It begins when the answer was
/// delivered, so that no client waits for it; what is too much at once is dropped. Thread-safe.
/// </summary>
/// <param name="router">Has the pool and the settings.</param>
/// <param name="observer">Told of everything.</param>
/// <param name="mostAtOnce">The most that is under way.</param>
internal sealed class ShadowRunner(Router router, ICascadeObserver observer, int mostAtOnce = ShadowRunner.DefaultMostAtOnce) : IAsyncDisposable
{
    private const int DefaultMostAtOnce = 16;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _stopped;

    /// <summary>Reports a request that ended, and starts what is to be worked out beside it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="text">The text that was delivered.</param>
    public void Complete(CascadeRequest request, CascadeOutcome outcome, string text)
    {
        if (PlanOf(request, outcome) is not { } plan)
        {
            observer.OnCompleted(outcome);
            return;
        }

        outcome = outcome with { AwaitsShadow = true };
        observer.OnCompleted(outcome);
        if (TryEnter())
            _ = Task.Run(() => RunAsync(request, outcome, plan, text));
        else
            observer.OnShadowed(outcome, ShadowEnd.Dropped);
    }

    /// <summary>Ends what is under way and begins nothing more; all of it has been reported then.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_stopped)
                return;
            _stopped = true;
            if (_running == 0)
                _idle.TrySetResult();
        }

        await _stop.CancelAsync();
        await _idle.Task;
        _stop.Dispose();
    }

    private async Task RunAsync(CascadeRequest request, CascadeOutcome outcome, CascadeDecision plan, string text)
    {
        ShadowOutcome? shadow = null;
        try
        {
            PassStarter starter = new(router.Pool, request with { Streams = false }, router.Settings.DraftBreakEven);
            CascadePass last = outcome.Passes[^1];
            // A pass that took over a draft was quicker than its member alone.
            CascadePass? served = last.Result.Draft is null ? last : null;
            shadow = await new ShadowRun(starter, plan, served, text).RunAsync(_stop.Token);
            if (plan.Mode == CascadeMode.Shadow)
                router.Remember(request, text, shadow.Outcome.Model);
            if (!observer.KeepsText)
                shadow = shadow with { Outcome = shadow.Outcome with { Answer = null } };
        }
        catch (Exception e) when (e is OperationCanceledException || StartFailure.WordOf(e) is not null)
        {
            // Counted below; the request itself went well.
        }
        catch (Exception e)
        {
            router.Logger.LogError(e, "What the cascade would have done with {Id} cannot be worked out", outcome.Decision.Id);
        }

        observer.OnShadowed(outcome with { Shadow = shadow }, shadow is null ? ShadowEnd.Failed : ShadowEnd.Compared);
        Exit();
    }

    // What is worked out beside a request; null for nothing. Answers that came otherwise than decided compare nothing.
    private CascadeDecision? PlanOf(CascadeRequest request, CascadeOutcome outcome)
    {
        CascadeDecision decision = outcome.Decision;
        if (outcome.Delivered is null || outcome.FallbackReason is not null || outcome.BudgetExhausted || decision.Strongest is not { } strongest)
            return null;
        if (decision.Mode == CascadeMode.Shadow)
            return request.Controls.Budget is null ? decision.Shadow : null;
        return ShadowSample.Has(decision.Id, router.Settings.ShadowShare)
            ? decision with { Model = strongest, Path = [new(strongest)], Escalation = EscalationPath.Direct(strongest) }
            : null;
    }

    private bool TryEnter()
    {
        lock (_lock)
        {
            if (_stopped || _running >= mostAtOnce)
                return false;
            _running++;
            return true;
        }
    }

    private void Exit()
    {
        lock (_lock)
        {
            _running--;
            if (_stopped && _running == 0)
                _idle.TrySetResult();
        }
    }
}
