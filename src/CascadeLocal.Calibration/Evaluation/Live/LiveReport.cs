using CascadeLocal.Calibration.Evaluation.Intervals;
using CascadeLocal.Calibration.Evaluation.Policies;
using CascadeLocal.Calibration.Evaluation.Reports;

namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>What <c>cascade report --live</c> measured on a running server.</summary>
public sealed record LiveReport
{
    private const int Draws = 10_000;

    /// <summary>What was asked for, each with what it gave.</summary>
    public required IReadOnlyList<PolicyReport> Policies { get; init; }

    /// <summary>How many questions.</summary>
    public required int Questions { get; init; }

    /// <summary>How often each was asked of every model.</summary>
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
    /// <param name="run">Ended.</param>
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
        RequestKey[] keys = [.. Enumerable.Repeat(run.Keys, run.Options.Runs).SelectMany(k => k)];
        PolicyReports reports = new(keys, compared, strongest, Draws, seed, cancellationToken);
        return new()
        {
            Policies = reports.All(),
            Questions = run.Keys.Count,
            Runs = run.Options.Runs,
            Concurrency = run.Options.Concurrency,
            Priced = reports.Priced,
            Strongest = compared[strongest].Name,
            Paths = LivePathReport.Of(run.Answers.GetValueOrDefault(LiveOptions.Routed)?.SelectMany(answers => answers) ?? []),
        };
    }
}
