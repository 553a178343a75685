using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Dialects;
using CascadeLocal.Routing.Embedding;

using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>Decides who answers a conversation. Thread-safe.</summary>
/// <param name="pool">Who there is.</param>
/// <param name="policies">What was fitted.</param>
/// <param name="rule">How the turns of a conversation are routed.</param>
/// <param name="settings">How answers are escalated.</param>
/// <param name="logger">Told when a text cannot be embedded.</param>
internal sealed class Router(ModelPool pool, PolicyHost policies, ConversationRule rule, CascadeSettings settings, ILogger logger) : IDisposable
{
    private const int Conversations = 10_000;

    private readonly ConversationTable _conversations = new(Conversations);
    private readonly EmbeddingCache _vectors = new(settings.EmbeddingCache);

    /// <summary>The member that works on most requests of the policy; null where none works on half of them, or nothing is to be done ahead.</summary>
    public string? MostUsed => settings.PrefillsAhead ? policies.Table?.MostUsed : null;

    /// <summary>Decides, without running anything.</summary>
    /// <exception cref="UnknownMemberException">The request names a member that is not in the pool.</exception>
    /// <exception cref="NoMemberException">No member that may answer is ready.</exception>
    public async Task<Route> RouteAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        if (request.Member is { } name)
            return pool.Find(name) is null ? throw new UnknownMemberException(name) : Pin(request, name);
        RoutePlan plan = await PlanAsync(request, cancellationToken);
        if (settings.Tools == UnlabelledRouting.Strongest && request.Kind == RequestKind.Tools && plan is { KnowsKind: false, Strongest: { } best })
            plan = ByStrongest(plan, best) with { Reason = RoutingReason.Tools };
        else if (settings.Novel == UnlabelledRouting.Strongest && plan is { IsNovel: true, Reason: not RoutingReason.Keep, Strongest: { } surest })
            plan = ByStrongest(plan, surest) with { Reason = RoutingReason.Novel };
        Route route = Choose(request, plan);
        return settings.Mode == CascadeMode.Shadow && plan.Strongest is { } strongest
            ? Choose(request, ByStrongest(plan, strongest)) with { Beside = route }
            : route;
    }

    /// <summary>
    /// The route without the member that should have started: the next ready one that is fit starts. Null where there is none, and
    /// where the request names its member and only that one may answer.
    /// </summary>
    /// <param name="route">The route.</param>
    /// <param name="skipped">Why that member does not start, in one word.</param>
    /// <param name="isFit">Whether another one may.</param>
    public Route? Without(Route route, string skipped, Func<MemberCapabilities, bool> isFit)
    {
        CascadeDecision decision = route.Decision;
        string[] candidates = [.. decision.EscalatesTo, .. route.Others];
        string? next = Array.Find(candidates, c => pool.Find(c) is { State: MemberState.Ready, Capabilities: { ChatProblem: null } can } && isFit(can));
        if (next is null)
            return null;
        EscalationPath path = route.Path.From(next);
        return route with
        {
            Decision = decision with
            {
                Member = next,
                Path = [.. decision.Path.SkipLast(1), new(decision.Member, skipped), new(next)],
                Reason = RoutingReason.Fallback,
                Guarantee = decision.Guarantee.Without("fallback"),
                EscalatesTo = path.EscalatesTo,
            },
            Path = path,
            Others = [.. candidates.Where(c => path.Rungs.All(r => r.Member != c))],
        };
    }

    /// <summary>
    /// The route when the member that should have started refuses: where its context does not hold the conversation, with one whose context
    /// is larger; where it has just left the pool, or its template has no place for such a conversation, with the next one, unless it was
    /// named. Null where nobody is left, and where no other would do better.
    /// </summary>
    public Route? After(Route route, MemberException refusal) => refusal switch
    {
        ContextLengthExceededException e => Without(route, e.Word, can => can.ContextLength > e.ContextLength),
        MemberUnavailableException or ChatTemplateException when route.Decision.Reason != RoutingReason.Pinned => Without(route, refusal.Word, _ => true),
        _ => null,
    };

    /// <summary>Remembers who gave a conversation's last answer. Clients send back what stands there as text, without reasoning and calls.</summary>
    public void Remember(GenerationRequest request, DeliveredAnswer answer, string member)
    {
        if (rule != ConversationRule.Sticky || request.Messages.Count == 0)
            return;
        string content = AnswerParts.Of(answer.Text, answer.Markup, answer.TokenEnds, request).Content;
        _conversations.Remember(ConversationKey.AfterAnswer(request.PrefixSalt, request.Messages, content), member);
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors.Dispose();

    private static Route Pin(GenerationRequest request, string name) => new()
    {
        Decision = new()
        {
            Id = request.Id,
            Time = DateTimeOffset.UtcNow,
            Member = name,
            Path = [new(name)],
            Reason = RoutingReason.Pinned,
        },
        Path = EscalationPath.Direct(name),
    };

    private Route Choose(GenerationRequest request, RoutePlan plan)
    {
        List<PathStep> path = [];
        foreach (string name in plan.Candidates)
        {
            PoolMember? member = pool.Find(name);
            bool isReady = member?.State == MemberState.Ready;
            if (isReady && member!.Capabilities is { ChatProblem: null })
            {
                path.Add(new(name));
                return RouteOf(request, plan, path);
            }

            path.Add(new(name, isReady ? "template" : "unavailable"));
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

    private Route RouteOf(GenerationRequest request, RoutePlan plan, List<PathStep> steps)
    {
        string start = steps[^1].Member;
        EscalationPath path = plan.Path.From(start);
        bool isFirst = steps.Count == 1;
        return new()
        {
            Decision = new()
            {
                Id = request.Id,
                Time = DateTimeOffset.UtcNow,
                Cluster = plan.Cluster,
                CentroidDistance = plan.CentroidDistance,
                NoveltyPValue = plan.NoveltyPValue,
                IsNovel = plan.IsNovel,
                StageOneMember = plan.StageOneMember,
                Member = start,
                Path = steps,
                Reason = isFirst ? plan.Reason : RoutingReason.Fallback,
                EscalatesTo = path.EscalatesTo,
                PolicyVersion = plan.PolicyVersion,
                EmbedTime = plan.EmbedTime,
                EmbeddedAt = plan.EmbeddedAt,
                Guarantee = isFirst ? PromiseOf(request, plan, path) : plan.Guarantee.Without("fallback"),
                Mode = settings.Mode,
            },
            Path = path,
            Strongest = plan.Strongest,
            Others = [.. plan.Candidates.Skip(steps.Count).Where(c => path.Rungs.All(r => r.Member != c))],
        };
    }

    private Promise PromiseOf(GenerationRequest request, RoutePlan plan, EscalationPath path)
    {
        if (policies.Drift.IsAlarmed)
            return plan.Guarantee.Without("drift");
        if (policies.Table?.ChangedOf(pool.Members) is not null)
            return plan.Guarantee.Without("member_changed");
        return IsSampledAsCaptured(request, path) ? plan.Guarantee : plan.Guarantee.Without("sampling");
    }

    // Capture takes each member's own sampling, and functions and forms; what a guarantee promises holds for such answers only.
    private bool IsSampledAsCaptured(GenerationRequest request, EscalationPath path) =>
        request is { LogitBias.Count: 0, Stop.Count: 0, StopTokens.Count: 0, MinTokens: 0, IgnoreEndOfSequence: false }
        && (request.Tools.Count == 0 || request.Kind == RequestKind.Tools)
        && request.Template.IsDefault
        && path.Rungs.All(r => pool.Find(r.Member)?.Capabilities is not { } can
            || (Essence(request.Sampling.Over(can.Sampling)) == Essence(can.Sampling) && IsJudgedWhole(request, path, can)));

    // Of several answers that are drawn only the first is accepted for what it is.
    private static bool IsJudgedWhole(GenerationRequest request, EscalationPath path, MemberCapabilities can) =>
        request.Choices == 1 || path.Rungs.Count == 1 || Essence(can.Sampling).Temperature == 0;

    // Of the best token alone there is no draw, and nothing to draw from.
    private static SamplingOptions Essence(SamplingOptions sampling)
    {
        SamplingOptions all = sampling.Over(SamplingOptions.Fallback);
        all = all with { RepetitionPenalty = all.RepetitionPenalty ?? 1, FrequencyPenalty = all.FrequencyPenalty ?? 0, PresencePenalty = all.PresencePenalty ?? 0 };
        return all.Temperature == 0 ? all with { TopK = 0, TopP = 1, MinP = 0 } : all;
    }

    private async Task<RoutePlan> PlanAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        if (policies.Table is not { } table || policies.Embedder is not { } embedder)
        {
            string[] candidates = [.. pool.ByStrength.Select(m => m.Name)];
            return candidates.Length == 0
                ? throw new NoMemberException()
                : new() { Reason = RoutingReason.NoPolicy, Candidates = candidates, Path = EscalationPath.Direct(candidates[0]) };
        }

        string? previous = rule == ConversationRule.Sticky
            && ConversationKey.BeforeLastQuestion(request.PrefixSalt, request.Messages) is { } key
                ? _conversations.Find(key)
                : null;
        int most = MaxEscalations(request.Controls);
        bool knowsKind = table.Knows(request.Kind);
        if (RoutedText.Of(request, rule) is not { } text)
            return table.Plan(null, previous, request.Controls, most).Of(knowsKind);
        long started = Stopwatch.GetTimestamp();
        try
        {
            float[] vector = await _vectors.EmbedAsync(embedder, request.PrefixSalt, text, cancellationToken);
            int cluster = table.ClusterOf(vector);
            double distance = table.DistanceOf(vector, cluster);
            long ended = Stopwatch.GetTimestamp();
            return table.Plan(new(text, cluster, vector), previous, request.Controls, most)
                .At(distance, table.Novelty, Stopwatch.GetElapsedTime(started, ended), ended)
                .Of(knowsKind);
        }
        catch (EmbeddingException e)
        {
            logger.LogError("A text could not be embedded and goes to the default member: {Reason}", e.Message);
            return table.Plan(null, previous, request.Controls, most).Of(knowsKind);
        }
    }

    private int MaxEscalations(CascadeControls controls) => controls.AllowEscalation
        ? Math.Min(controls.MaxEscalations ?? int.MaxValue, settings.MaxEscalations ?? int.MaxValue)
        : 0;
}

/// <summary>What was decided about a request, with all that carrying it out needs.</summary>
internal sealed record Route
{
    /// <summary>Who starts, and why.</summary>
    public required CascadeDecision Decision { get; init; }

    /// <summary>The member that starts and who answers if its answer is rejected.</summary>
    public required EscalationPath Path { get; init; }

    /// <summary>The members that answer where all of these fail, best first.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>The strongest of the policy's members that the pool has; null where no policy was asked.</summary>
    public string? Strongest { get; init; }

    /// <summary>In mode shadow, what the cascade would do; null where no policy was asked.</summary>
    public Route? Beside { get; init; }
}

/// <summary>How answers are escalated, as configured.</summary>
public sealed record CascadeSettings
{
    /// <summary>
    /// The share of a draft's verified tokens that has to be right for verifying them to pay, unless configured otherwise: a
    /// verified token costs about .44 of a decoded one on a CPU.
    /// </summary>
    public const double DefaultDraftBreakEven = 0.45;

    /// <summary>How many texts' vectors are kept unless configured otherwise.</summary>
    public const int DefaultEmbeddingCache = 4096;

    /// <summary>Who answers.</summary>
    public CascadeMode Mode { get; init; } = CascadeMode.Cascade;

    /// <summary>Whether prompts are evaluated where they are likely wanted while it is decided who answers.</summary>
    public bool PrefillsAhead { get; init; } = true;

    /// <summary>The texts whose vectors are kept, so that they are not embedded again; 0 keeps none.</summary>
    public int EmbeddingCache { get; init; } = DefaultEmbeddingCache;

    /// <summary>Who answers requests that bring functions, where no label is of such.</summary>
    public UnlabelledRouting Tools { get; init; } = UnlabelledRouting.Strongest;

    /// <summary>Who answers requests that are unlike all that the policy was fitted to.</summary>
    public UnlabelledRouting Novel { get; init; } = UnlabelledRouting.Strongest;

    /// <summary>In mode cascade, the share of the routed requests, 0 to 1, that the strongest member answers beside, for comparison.</summary>
    public double ShadowShare { get; init; }

    /// <summary>The most escalations of one request; null for as many as the policy's paths have.</summary>
    public int? MaxEscalations { get; init; }

    /// <summary>Rejected answers are offered as drafts where the policy's accepted share is above this, 0 to 1.</summary>
    public double DraftBreakEven { get; init; } = DefaultDraftBreakEven;
}

/// <summary>Who answers requests of which the labels that a policy was fitted to say nothing. Nothing is promised of such answers.</summary>
public enum UnlabelledRouting
{
    /// <summary>The strongest member: no label says how well the others do.</summary>
    Strongest,

    /// <summary>Whom the policy names, for the nearest cluster.</summary>
    Route,
}

/// <summary>No member that may answer is ready.</summary>
public sealed class NoMemberException() : Exception("No model is ready.");

/// <summary>The request names a member that is not in the pool.</summary>
/// <param name="name">What it names.</param>
public sealed class UnknownMemberException(string name) : Exception($"The model '{name}' does not exist.")
{
    /// <summary>What the request names.</summary>
    public string Name => name;
}

/// <summary>No member that may answer has a context that holds the conversation and its answer.</summary>
/// <param name="member">The one of them with the largest context.</param>
/// <param name="inner">What it says.</param>
public sealed class RequestTooLongException(string member, ContextLengthExceededException inner) : Exception(inner.Message, inner)
{
    /// <summary>The member with the largest context.</summary>
    public string Member => member;

    /// <summary>Tokens that its context holds.</summary>
    public int ContextLength => inner.ContextLength;
}

/// <summary>
/// The vectors of the texts that were routed lately, by the whole text, so that a question that comes again is not embedded again. Of
/// each API key its own: how long a request takes tells nobody what others have asked. Holds no texts. Thread-safe.
/// </summary>
/// <param name="capacity">The most vectors; 0 keeps none.</param>
internal sealed class EmbeddingCache(int capacity) : IDisposable
{
    private readonly MemoryCache? _vectors = capacity > 0 ? new(new MemoryCacheOptions { SizeLimit = capacity }) : null;

    /// <summary>The vector of a text; not to be changed.</summary>
    /// <param name="embedder">Whose.</param>
    /// <param name="salt">Who asks.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EmbeddingException">The text cannot be embedded.</exception>
    public async ValueTask<float[]> EmbedAsync(IEmbedder embedder, string salt, string text, CancellationToken cancellationToken)
    {
        if (_vectors is null)
            return await embedder.EmbedAsync(text, cancellationToken);
        string key = KeyOf(embedder.Fingerprint, salt, text);
        if (_vectors.TryGetValue(key, out float[]? known))
            return known!;
        float[] vector = await embedder.EmbedAsync(text, cancellationToken);
        return _vectors.Set(key, vector, new MemoryCacheEntryOptions { Size = 1 });
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors?.Dispose();

    private static string KeyOf(string embedder, string salt, string text)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The lengths keep the parts apart.
        foreach (string part in (ReadOnlySpan<string>)[embedder, salt, text])
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
