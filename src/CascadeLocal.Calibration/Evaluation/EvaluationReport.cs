using System.Text.Json.Serialization;

using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>What <c>cascade report --labels</c> found.</summary>
public sealed record EvaluationReport
{
    /// <summary>The ways to answer.</summary>
    public required IReadOnlyList<PolicyReport> Policies { get; init; }

    /// <summary>How many different questions.</summary>
    public required int Questions { get; init; }

    /// <summary>How many requests: a question that was asked several times counts as often.</summary>
    public required int N { get; init; }

    /// <summary>How many of them have a TPOT under every way to answer; only these are priced.</summary>
    public required int Priced { get; init; }

    /// <summary>The rest.</summary>
    public required int Unpriced { get; init; }

    /// <summary>The most accurate member on these questions, which all are compared with.</summary>
    public required string Strongest { get; init; }

    /// <summary>What they are compared by where they should cost the same: tpot, e2el or cost.</summary>
    public required string Metric { get; init; }

    /// <summary>How right was told from wrong, where that was not by known answers: agreement; else null.</summary>
    public required string? GradedBy { get; init; }

    /// <summary>How many times questions were drawn for the intervals.</summary>
    public required int Draws { get; init; }

    /// <summary>How many kinds of questions they were drawn within.</summary>
    public required int Families { get; init; }

    /// <summary>What random routing draws; null where costs are not known.</summary>
    public required MixReport? Random { get; init; }

    /// <summary>The judges; empty where nothing is judged.</summary>
    public required IReadOnlyList<JudgeReport> Judges { get; init; }

    /// <summary>How far a running server decides the same; null where none was asked.</summary>
    public AgreementReport? Agreement { get; init; }

    /// <summary>What was left out, and how it was done, one sentence each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>Evaluates a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="requests">Held-out questions, answered by all of its members.</param>
    /// <param name="vectors">The vectors of their texts.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static EvaluationReport Of(
        Policy policy, RecordedRequests requests, PointSet vectors, EvaluationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(options);
        PolicyComparison comparison = PolicyComparison.Of(policy, requests, vectors, options.Metric ?? policy.Options.Metric, cancellationToken);
        RequestKey[] keys = [.. requests.All.Select(request => new RequestKey(request.Text, request.Family))];
        PolicyReports reports = new(keys, comparison.Compared, comparison.Strongest, options.Draws, options.Seed, cancellationToken);
        IReadOnlyList<ReplayedVerdict> verdicts = comparison.Compared.FirstOrDefault(p => p.Kind == PolicyKind.Cascade)?.Verdicts ?? [];
        IReadOnlyList<PolicyReport> policies = reports.All();
        return new()
        {
            Policies = policies,
            Questions = requests.Questions,
            N = requests.All.Count,
            Priced = reports.Priced,
            Unpriced = requests.All.Count - reports.Priced,
            Strongest = requests.Members[comparison.Strongest],
            Metric = PolicyTerms.Of(options.Metric ?? policy.Options.Metric),
            GradedBy = options.GradedBy,
            Draws = options.Draws,
            Families = reports.Families,
            Random = comparison.Mix is { } mix ? new(requests.Members[mix.Cheap], requests.Members[mix.Dear], mix.Share) : null,
            Judges = comparison.Replay is { } replay
                ? new JudgeEvaluation(requests, new(policy, vectors), replay, policy.Escalation!).All(options.WithAblation, verdicts, cancellationToken)
                : [],
            Notices =
            [
                .. requests.Notices,
                .. comparison.Notices,
                .. reports.Costed > 0 && reports.Costed < keys.Length
                    ? [$"costs are of the {reports.Costed} of {keys.Length} requests that have one of every member"]
                    : Array.Empty<string>(),
                .. policies.Where(p => p is { Kind: "cascade", Pays.Pays: false })
                    .Select(p => $"the cascade against {requests.Members[comparison.Strongest]}: {p.Pays!.Sentence}"),
            ],
        };
    }
}

/// <summary>How a policy is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>How many times questions are drawn for the intervals.</summary>
    public int Draws { get; init; } = 10_000;

    /// <summary>Decides the draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether judges are trained again without each group of features.</summary>
    public bool WithAblation { get; init; }

    /// <summary>How right was told from wrong, where that was not by known answers.</summary>
    public string? GradedBy { get; init; }

    /// <summary>What ways to answer are compared by, where they should cost the same; null for the policy's own metric.</summary>
    public CostMetric? Metric { get; init; }
}

/// <summary>How an evaluation is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(LiveReport))]
public sealed partial class EvaluationJson : JsonSerializerContext;
