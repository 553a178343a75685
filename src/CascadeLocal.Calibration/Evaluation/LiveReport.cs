namespace CascadeLocal.Calibration.Evaluation;

/// <summary>What <c>cascade report --live</c> measured on a running server.</summary>
public sealed record LiveReport
{
    private const int Draws = 10_000;

    /// <summary>What was asked for, each with what it gave.</summary>
    public required IReadOnlyList<PolicyReport> Policies { get; init; }

    /// <summary>How many questions.</summary>
    public required int Questions { get; init; }

    /// <summary>How often each was asked of every model; where the run was stopped that is less than was asked for.</summary>
    public required int Runs { get; init; }

    /// <summary>Requests in flight at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>How many requests of each model have a TPOT under all of them; only these are priced.</summary>
    public required int Priced { get; init; }

    /// <summary>The model that all are compared with: the most accurate member.</summary>
    public required string Strongest { get; init; }

    /// <summary>The ways that routed requests took, the most frequent first.</summary>
    public required IReadOnlyList<LivePathReport> Paths { get; init; }

    /// <summary>The report of a run.</summary>
    /// <param name="run">Ended, or stopped behind its first run.</param>
    /// <param name="seed">Decides the draws of the intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static LiveReport Of(LiveRun run, ulong seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ComparedPolicy[] compared =
        [
            .. run.Answers.Select(model => new ComparedPolicy(
                model.Key,
                model.Key == LiveOptions.Routed ? PolicyKind.Cascade : PolicyKind.Member,
                [.. model.Value.SelectMany(answers => answers).Select(answer => answer.Served)])),
        ];
        int strongest = Enumerable.Range(0, compared.Length)
            .OrderBy(p => compared[p].Kind == PolicyKind.Cascade)
            .ThenByDescending(p => compared[p].Served.Average(served => served.Correct))
            .First();
        RequestKey[] keys = [.. Enumerable.Repeat(run.Keys, run.Ended).SelectMany(k => k)];
        PolicyReports reports = new(keys, compared, strongest, Draws, seed, cancellationToken);
        return new()
        {
            Policies = reports.All(),
            Questions = run.Keys.Count,
            Runs = run.Ended,
            Concurrency = run.Options.Concurrency,
            Priced = reports.Priced,
            Strongest = compared[strongest].Name,
            Paths = LivePathReport.Of(run.Answers.GetValueOrDefault(LiveOptions.Routed)?.SelectMany(answers => answers) ?? []),
        };
    }
}

/// <summary>Routed requests that went the same way.</summary>
/// <param name="Path">The members that worked on them, in order.</param>
/// <param name="Share">Their share of the routed requests.</param>
/// <param name="Accuracy">The share of right answers.</param>
/// <param name="RejectedTokens">Tokens of rejected answers, on average.</param>
/// <param name="ReusedTokens">Those of them that the next member kept, on average.</param>
/// <param name="DeliveredTokens">Tokens of the delivered answer, on average.</param>
public sealed record LivePathReport(
    IReadOnlyList<string> Path, double Share, double Accuracy, double RejectedTokens, double ReusedTokens, double DeliveredTokens)
{
    internal static IReadOnlyList<LivePathReport> Of(IEnumerable<LiveAnswer> answers)
    {
        LiveAnswer[] all = [.. answers];
        return
        [
            .. all.GroupBy(answer => string.Join(' ', answer.Cascade.Passes.Select(pass => pass.Model)))
                .OrderByDescending(way => way.Count())
                .ThenBy(way => way.Key, StringComparer.Ordinal)
                .Select(way => new LivePathReport(
                    way.Key.Split(' '),
                    (double)way.Count() / all.Length,
                    way.Average(answer => answer.Served.Correct),
                    way.Average(answer => answer.Cascade.Passes.SkipLast(1).Sum(pass => pass.OutputTokens)),
                    way.Average(answer => answer.Cascade.DraftTokensReused),
                    way.Average(answer => answer.Cascade.Passes[^1].OutputTokens))),
        ];
    }
}
