using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Routing.Judging;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// Reports requests that ended, and works out in the background what is to be known beside them. It begins when the answer was
/// delivered, so that no client waits for it, and only where there is room to spare; it gives way to whatever somebody waits for, and
/// then counts as dropped. Thread-safe.
/// </summary>
/// <param name="pool">Who answers.</param>
/// <param name="router">Is told how conversations go on.</param>
/// <param name="settings">What is worked out.</param>
/// <param name="door">Where it comes in, behind everybody else.</param>
/// <param name="observer">Told of everything.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class ShadowRunner(
    ModelPool pool, Router router, CascadeSettings settings, Admission door, ICascadeObserver observer, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _stopped;

    /// <summary>Reports a request that ended, and starts what is to be worked out beside it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="route">What was decided about it.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="answer">What was delivered, if anything was.</param>
    public void Complete(GenerationRequest request, Route route, CascadeOutcome outcome, DeliveredAnswer? answer)
    {
        if (answer is null || BesideOf(request, route, outcome) is not { } beside)
        {
            observer.OnCompleted(outcome);
            return;
        }

        outcome = outcome with { AwaitsShadow = true };
        observer.OnCompleted(outcome);
        if (TryEnter() is { } ticket)
            _ = Task.Run(() => RunAsync(request, outcome, beside, answer, ticket));
        else
            observer.OnShadowed(outcome, ShadowEnd.Dropped);
    }

    /// <summary>Whether a request is among a share, 0 to 1, of all: by a hash of its id, so that a log shows it was not chosen.</summary>
    public static bool IsSampled(string id, double share)
    {
        if (share is <= 0 or >= 1)
            return share >= 1;
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        return hash * Math.Pow(2, -64) < share;
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

    private async Task RunAsync(GenerationRequest request, CascadeOutcome outcome, Route beside, DeliveredAnswer answer, AdmissionTicket ticket)
    {
        RequestSpan? span = RequestSpan.BeginShadow(request.Trace);
        ShadowOutcome? shadow = null;
        ShadowEnd end = ShadowEnd.Failed;
        try
        {
            CascadePass last = outcome.Passes[^1];
            // A pass that took over a draft was quicker than its member alone.
            CascadePass? served = last.Result.Draft is null ? last : null;
            GenerationRequest background = request with { Streams = false, Priority = RequestPriority.Background, Trace = span?.Context };
            await using ShadowRun run = new(background, beside, served, answer.Text, pool, settings);
            shadow = await run.RunAsync(_stop.Token);
            end = shadow is null ? ShadowEnd.Dropped : ShadowEnd.Compared;
            if (shadow is not null && beside.Decision.Mode == CascadeMode.Shadow)
                router.Remember(request, answer, shadow.Outcome.Member);
            if (shadow is not null && !observer.KeepsText)
                shadow = shadow with { Outcome = shadow.Outcome with { Answer = null } };
        }
        catch (QueueFullException)
        {
            end = ShadowEnd.Dropped;
        }
        catch (Exception e) when (e is OperationCanceledException or MemberException)
        {
            // Counted below; the request itself went well.
        }
        catch (Exception e)
        {
            logger.LogError(e, "What is worked out beside request {Id} failed for a fault of this program", outcome.Decision.Id);
        }
        finally
        {
            ticket.Dispose();
        }

        try
        {
            observer.OnShadowed(outcome with { Shadow = shadow }, end);
        }
        finally
        {
            span?.Dispose();
            Exit();
        }
    }

    // What is worked out beside a request; null for nothing. Answers that came otherwise than decided compare nothing.
    private Route? BesideOf(GenerationRequest request, Route route, CascadeOutcome outcome)
    {
        if (outcome.End != RequestEnd.Delivered || outcome.FallbackReason is not null || route.Strongest is not { } strongest)
            return null;
        if (outcome.Decision.Mode == CascadeMode.Shadow)
            return request.Controls.Budget is null ? route.Beside : null;
        return IsSampled(outcome.Decision.Id, settings.ShadowShare)
            ? route with
            {
                Decision = outcome.Decision with { Member = strongest, Path = [new(strongest)], EscalatesTo = [] },
                Path = EscalationPath.Direct(strongest),
            }
            : null;
    }

    private AdmissionTicket? TryEnter()
    {
        lock (_lock)
        {
            if (_stopped || door.TryEnterBackground() is not { } ticket)
                return null;
            _running++;
            return ticket;
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

/// <summary>
/// Works a route out beside a request that was answered: its members run, are judged and stopped as if they were served. The member
/// that was served does not run again: its answer is there already. Falls back on nobody.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="route">What is worked out.</param>
/// <param name="served">The pass that stands for its member's; null for none.</param>
/// <param name="text">The text that was delivered.</param>
/// <param name="pool">Who answers.</param>
/// <param name="settings">When drafts pay.</param>
internal sealed class ShadowRun(
    GenerationRequest request, Route route, CascadePass? served, string text, ModelPool pool, CascadeSettings settings) : IAsyncDisposable
{
    private readonly MemberLeases _members = new(pool);
    private readonly List<Attempt> _asked = [];

    /// <summary>Runs it; null where it gave way to other work.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="MemberException">A member refuses or fails.</exception>
    public async Task<ShadowOutcome?> RunAsync(CancellationToken cancellationToken)
    {
        EscalationPath path = route.Path;
        for (int rung = 0; path.Rungs[rung].Member != served?.Member; rung++)
        {
            string member = path.Rungs[rung].Member;
            ReadOnlyMemory<int> draft = _asked.Count == 0 ? default : _members.DraftFor(member, _asked[^1], path, settings.DraftBreakEven);
            Attempt attempt = await Attempt.StartAsync(
                _members.Get(member), request with { Choices = 1, TopCandidates = null }, path.Judge(rung, _asked.LastOrDefault()?.ToEarlier()), path.IsGated(rung), draft, ticket: null, cancellationToken);
            _asked.Add(attempt);
            AttemptEnd end = await attempt.CompleteAsync(cancellationToken);
            if (end == AttemptEnd.Accepted)
                return Accepted(attempt);
            if (end == AttemptEnd.Stopped)
                return null;
            if (end == AttemptEnd.Failed)
                throw attempt.Failure!;
            if (attempt.Judge!.Fault is { } fault)
                throw fault;
        }

        return new(ToOutcome(served!.Member, [served]) with { Answer = text }, true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Attempt attempt in _asked)
            await attempt.DisposeAsync();
        _members.Dispose();
    }

    private ShadowOutcome Accepted(Attempt attempt)
    {
        string answer = attempt.Text.ToString();
        return new(
            ToOutcome(attempt.Member, []) with { HeldFor = attempt.HeldFor, Answer = answer },
            NormalizedText.Of(answer) == NormalizedText.Of(text));
    }

    private CascadeOutcome ToOutcome(string member, CascadePass[] last)
    {
        Attempt? judged = _asked.FindLast(a => a.Judge?.OwnProbability is not null);
        IEnumerable<string> members = _asked.Select(a => a.Member).Concat(last.Select(p => p.Member));
        return new()
        {
            Decision = route.Decision,
            End = RequestEnd.Delivered,
            Member = member,
            Path = [.. route.Decision.Path, .. members.Skip(1).Select(m => new PathStep(m))],
            Passes = [.. _asked.Select(a => a.ToPass()!), .. last],
            Escalated = _asked.Count + last.Length > 1,
            AcceptProbability = judged?.Judge!.OwnProbability,
            TargetProbability = judged?.Judge!.TargetProbability,
            Guarantee = route.Decision.Guarantee,
            DraftTokensOffered = _asked.Sum(a => a.DraftTokens),
            DraftTokensReused = _asked.Sum(a => a.Result?.Draft?.Reused ?? 0),
        };
    }
}
