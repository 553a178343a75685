using System.Diagnostics;

using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Embedding;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Decides who answers a conversation. Thread-safe.</summary>
/// <param name="pool">Who there is.</param>
/// <param name="policies">What was fitted.</param>
/// <param name="rule">How the turns of a conversation are routed.</param>
/// <param name="logger">Told when a text cannot be embedded.</param>
/// <param name="settings">How answers are escalated; null for the defaults.</param>
public sealed class Router(
    ModelPool pool, PolicyHost policies, ConversationRule rule, ILogger logger, CascadeSettings? settings = null)
{
    private const int Conversations = 10_000;

    private readonly ConversationTable _conversations = new(Conversations);

    /// <summary>Who there is.</summary>
    internal ModelPool Pool => pool;

    /// <summary>Told what cannot be done.</summary>
    internal ILogger Logger => logger;

    /// <summary>How answers are escalated.</summary>
    internal CascadeSettings Settings { get; } = settings ?? new();

    /// <summary>Decides, without running anything.</summary>
    /// <exception cref="NoMemberException">No member that may answer is ready.</exception>
    public async Task<CascadeDecision> DecideAsync(CascadeRequest request, CancellationToken cancellationToken)
    {
        RoutePlan plan = await PlanAsync(request, cancellationToken);
        CascadeDecision decision = Decide(request, plan);
        return Settings.Mode == CascadeMode.Shadow && plan.Strongest is { } strongest
            ? Decide(request, ByStrongest(plan, strongest)) with { Shadow = decision }
            : decision;
    }

    /// <summary>A decision for the member that the request names.</summary>
    public static CascadeDecision Pin(CascadeRequest request, string model) => new()
    {
        Id = request.Id,
        Time = DateTimeOffset.UtcNow,
        Model = model,
        Path = [new(model)],
        Reason = RoutingReason.Pinned,
    };

    /// <summary>Remembers who gave a conversation's last answer.</summary>
    internal void Remember(CascadeRequest request, string answer, string model)
    {
        if (rule == ConversationRule.Sticky)
            _conversations.Remember(ConversationKey.AfterAnswer(request.CacheSalt, request.Messages, answer), model);
    }

    private CascadeDecision Decide(CascadeRequest request, RoutePlan plan)
    {
        List<PathStep> path = [];
        for (int i = 0; i < plan.Candidates.Count; i++)
        {
            string name = plan.Candidates[i];
            if (pool.Find(name)?.State == MemberState.Ready)
            {
                path.Add(new(name));
                return Decision(request, plan, path);
            }

            path.Add(new(name, "unavailable"));
        }

        throw new NoMemberException();
    }

    // Everything is answered by the strongest member, else by the next one, whatever is routed.
    private RoutePlan ByStrongest(RoutePlan plan, string strongest) => plan with
    {
        Reason = RoutingReason.Shadow,
        Path = EscalationPath.Direct(strongest),
        Candidates = [strongest, .. pool.ByStrength.Select(m => m.Name).Where(name => name != strongest && plan.Candidates.Contains(name))],
        Guarantee = plan.StrongestGuarantee,
    };

    private CascadeDecision Decision(CascadeRequest request, RoutePlan plan, List<PathStep> path)
    {
        EscalationPath escalation = plan.Path.From(path[^1].Model);
        bool isFirst = path.Count == 1;
        return new()
        {
            Id = request.Id,
            Time = DateTimeOffset.UtcNow,
            Cluster = plan.Cluster,
            CentroidDistance = plan.CentroidDistance,
            StageOneModel = plan.StageOneModel,
            Model = path[^1].Model,
            Path = path,
            Reason = isFirst ? plan.Reason : RoutingReason.Fallback,
            PolicyVersion = plan.PolicyVersion,
            EmbedTime = plan.EmbedTime,
            Guarantee = isFirst && !policies.Drift.IsAlarmed && CapturedSampling.IsThatOf(request, pool, escalation) ? plan.Guarantee : Promise.None,
            Escalation = escalation,
            Mode = Settings.Mode,
            Strongest = plan.Strongest,
            Others = [.. plan.Candidates.Skip(path.Count).Where(c => escalation.Rungs.All(r => r.Model != c))],
        };
    }

    private async Task<RoutePlan> PlanAsync(CascadeRequest request, CancellationToken cancellationToken)
    {
        if (policies.Table is not { } table || policies.Embedder is not { } embedder)
        {
            string[] candidates = [.. pool.ByStrength.Select(m => m.Name)];
            return candidates.Length == 0
                ? throw new NoMemberException()
                : new() { Reason = RoutingReason.NoPolicy, Candidates = candidates, Path = EscalationPath.Direct(candidates[0]) };
        }

        string? previous = rule == ConversationRule.Sticky
            && ConversationKey.BeforeLastQuestion(request.CacheSalt, request.Messages) is { } key
                ? _conversations.Find(key)
                : null;
        int most = MaxEscalations(request.Controls);
        if (RoutedText.Of(request.Messages, rule) is not { } text)
            return table.Plan(null, previous, request.Controls, most);
        long started = Stopwatch.GetTimestamp();
        try
        {
            float[] vector = await embedder.EmbedAsync(text, cancellationToken);
            int cluster = table.ClusterOf(vector);
            return table.Plan(new(text, cluster, vector), previous, request.Controls, most) with
            {
                CentroidDistance = table.DistanceOf(vector, cluster),
                EmbedTime = Stopwatch.GetElapsedTime(started),
            };
        }
        catch (EmbeddingException e)
        {
            logger.LogError("A text could not be embedded and goes to the default member: {Reason}", e.Message);
            return table.Plan(null, previous, request.Controls, most);
        }
    }

    private int MaxEscalations(CascadeControls controls) => controls.AllowEscalation
        ? Math.Min(controls.MaxEscalations ?? int.MaxValue, Settings.MaxEscalations ?? int.MaxValue)
        : 0;
}
