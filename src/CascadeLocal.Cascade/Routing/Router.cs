using System.Diagnostics;

using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Text;
using CascadeLocal.Routing.Embedding;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Decides who answers a conversation. Thread-safe.</summary>
/// <param name="pool">Who there is.</param>
/// <param name="policies">What was fitted.</param>
/// <param name="rule">How the turns of a conversation are routed.</param>
/// <param name="logger">Told when a text cannot be embedded.</param>
public sealed class Router(ModelPool pool, PolicyHost policies, ConversationRule rule, ILogger logger)
{
    private const int Conversations = 10_000;

    private readonly ConversationTable _conversations = new(Conversations);

    /// <summary>Decides, without running anything.</summary>
    /// <exception cref="NoMemberException">No member that may answer is ready.</exception>
    public async Task<CascadeDecision> DecideAsync(CascadeRequest request, CancellationToken cancellationToken)
    {
        RoutePlan plan = await PlanAsync(request.Messages, request.CacheSalt, cancellationToken);
        List<PathStep> path = [];
        foreach (string name in plan.Candidates)
        {
            if (pool.Find(name)?.State == MemberState.Ready)
            {
                path.Add(new(name));
                return Decision(request.Id, plan, path);
            }

            path.Add(new(name, "unavailable"));
        }

        throw new NoMemberException();
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

    private static CascadeDecision Decision(string id, RoutePlan plan, List<PathStep> path) => new()
    {
        Id = id,
        Time = DateTimeOffset.UtcNow,
        Cluster = plan.Cluster,
        CentroidDistance = plan.CentroidDistance,
        StageOneModel = plan.StageOneModel,
        Model = path[^1].Model,
        Path = path,
        Reason = path.Count == 1 ? plan.Reason : RoutingReason.Fallback,
        PolicyVersion = plan.PolicyVersion,
        EmbedTime = plan.EmbedTime,
    };

    private async Task<RoutePlan> PlanAsync(IReadOnlyList<ChatMessage> turns, string client, CancellationToken cancellationToken)
    {
        if (policies.Table is not { } table || policies.Embedder is not { } embedder)
            return new() { Reason = RoutingReason.NoPolicy, Candidates = [.. pool.ByStrength.Select(m => m.Name)] };

        string? previous = rule == ConversationRule.Sticky && ConversationKey.BeforeLastQuestion(client, turns) is { } key
            ? _conversations.Find(key)
            : null;
        if (RoutedText.Of(turns, rule) is not { } text)
            return table.Plan(null, previous);
        long started = Stopwatch.GetTimestamp();
        try
        {
            float[] vector = await embedder.EmbedAsync(text, cancellationToken);
            int cluster = table.ClusterOf(vector);
            return table.Plan(cluster, previous) with
            {
                CentroidDistance = table.DistanceOf(vector, cluster),
                EmbedTime = Stopwatch.GetElapsedTime(started),
            };
        }
        catch (EmbeddingException e)
        {
            logger.LogError("A text could not be embedded and goes to the default member: {Reason}", e.Message);
            return table.Plan(null, previous);
        }
    }
}
