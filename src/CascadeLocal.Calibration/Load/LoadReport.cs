using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Evaluation;

namespace CascadeLocal.Calibration.Load;

/// <summary>The distribution of a time.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
public sealed record LoadTimes(double Mean, double P50, double P90, double P99)
{
    /// <summary>Of values in any order; null without any.</summary>
    internal static LoadTimes? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? null
            : new(sorted.Average(), Quantile.Of(sorted, 0.5), Quantile.Of(sorted, 0.9), Quantile.Of(sorted, 0.99));
    }
}

/// <summary>What a run came to. Times are of whole answers, in ms.</summary>
public sealed record LoadFigures
{
    /// <summary>Requests that ended, failed ones included.</summary>
    public required int Requests { get; init; }

    /// <summary>Those without a whole answer.</summary>
    public required int Failed { get; init; }

    /// <summary>Why, and how often: one example of each status and code.</summary>
    public required IReadOnlyDictionary<string, int> Failures { get; init; }

    /// <summary>From the first request to the end of the last one, in s.</summary>
    public required double DurationS { get; init; }

    /// <summary>Whether it was stopped: then it is of what had ended.</summary>
    [JsonPropertyName("stopped")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsStopped { get; init; }

    /// <summary>Conversations that began with different prompts, those of the warm-up not counted.</summary>
    public int DistinctPrompts { get; init; }

    /// <summary>Tokens of all whole answers.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>Whole answers whose tokens the endpoint did not count, so that they are events.</summary>
    public required int Uncounted { get; init; }

    /// <summary>Tokens of whole answers per second of the duration.</summary>
    public required double OutputTokensPerS { get; init; }

    /// <summary>Whole answers per second of the duration.</summary>
    public required double RequestsPerS { get; init; }

    /// <summary>Open loop: from when a request was due to its sending; null in the closed loop.</summary>
    public LoadTimes? QueueMs { get; init; }

    /// <summary>From sending a request, or in the open loop from when it was due, to the first event with text.</summary>
    public required LoadTimes? TtftMs { get; init; }

    /// <summary>(E2EL - TTFT) / (output tokens - 1), a value a request; those below two tokens have none.</summary>
    public required LoadTimes? TpotMs { get; init; }

    /// <summary>Between two events with text, a value each.</summary>
    public required LoadTimes? ItlMs { get; init; }

    /// <summary>From sending a request, or in the open loop from when it was due, to the end of its answer.</summary>
    public required LoadTimes? E2elMs { get; init; }

    /// <summary>Whole answers per second that reached the objective; null without one.</summary>
    public double? Goodput { get; init; }

    internal static LoadFigures Of(IReadOnlyList<LoadSample> samples, TimeSpan duration, LoadObjective? objective)
    {
        LoadSample[] whole = [.. samples.Where(sample => sample.Failure is null)];
        long tokens = whole.Sum(sample => (long)sample.OutputTokens);
        double seconds = duration.TotalSeconds;
        return new()
        {
            Requests = samples.Count,
            Failed = samples.Count - whole.Length,
            Failures = Examples([.. samples.Select(sample => sample.Failure).OfType<LoadFailure>()]),
            DurationS = seconds,
            OutputTokens = tokens,
            Uncounted = whole.Count(sample => !sample.IsCounted),
            OutputTokensPerS = tokens / seconds,
            RequestsPerS = whole.Length / seconds,
            QueueMs = LoadTimes.Of(whole.Select(sample => sample.QueueMs).OfType<double>()),
            TtftMs = LoadTimes.Of(whole.Select(sample => sample.TtftMs)),
            TpotMs = LoadTimes.Of(whole.Select(sample => sample.TpotMs).OfType<double>()),
            ItlMs = LoadTimes.Of(whole.SelectMany(sample => sample.GapsMs)),
            E2elMs = LoadTimes.Of(whole.Select(sample => sample.E2elMs)),
            Goodput = objective is null ? null : whole.Count(objective.IsMet) / seconds,
        };
    }

    private static Dictionary<string, int> Examples(IReadOnlyList<LoadFailure> failures) => failures
        .GroupBy(failure => failure.Kind)
        .GroupBy(kind => kind.First().Text, kind => kind.Count())
        .ToDictionary(kinds => kinds.Key, kinds => kinds.Sum());
}

/// <summary>One run of one endpoint.</summary>
/// <param name="Url">Its base address.</param>
/// <param name="Model">The model that was asked for.</param>
/// <param name="Concurrency">Requests at once; null for any number.</param>
/// <param name="Round">Which of the runs at this load it is, from 1.</param>
/// <param name="Figures">What it came to.</param>
public sealed record LoadRunReport(string Url, string Model, int? Concurrency, int Round, LoadFigures Figures)
{
    /// <summary>Which of the endpoints it is, from 0: one may be given twice, to see what a machine's noise is worth.</summary>
    [JsonIgnore]
    public int Endpoint { get; init; }

    /// <summary>Conversations begun, those of the warm-up included.</summary>
    [JsonIgnore]
    public int Conversations { get; init; }
}

/// <summary>How many times the first endpoint's figure another one's is divided into, over rounds in which they took turns.</summary>
/// <param name="Value">The geometric mean over rounds.</param>
/// <param name="Ci95">Its 95 % interval, by Student's t on the logarithms; null with one round.</param>
public sealed record LoadRatio(double Value, IReadOnlyList<double>? Ci95)
{
    // Student's t at 0.975, by degrees of freedom from 1.
    private static readonly double[] StudentT =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093];

    internal static LoadRatio? Of(IEnumerable<(double? Own, double? Other)> rounds)
    {
        double[] logs = [.. rounds.Where(round => round is { Own: > 0, Other: > 0 }).Select(round => Math.Log(round.Own!.Value / round.Other!.Value))];
        if (logs.Length == 0)
            return null;
        double mean = logs.Average();
        if (logs.Length == 1)
            return new(Math.Exp(mean), null);
        double deviation = Math.Sqrt(logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1));
        double half = StudentT[Math.Min(logs.Length - 1, StudentT.Length) - 1] * deviation / Math.Sqrt(logs.Length);
        return new(Math.Exp(mean), [Math.Exp(mean - half), Math.Exp(mean + half)]);
    }
}

/// <summary>The first endpoint against another one at the same load: above 1 in tokens is better, above 1 in times is worse.</summary>
public sealed record LoadComparison
{
    /// <summary>Requests at once; null for any number.</summary>
    public required int? Concurrency { get; init; }

    /// <summary>The first endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The other one.</summary>
    public required string Against { get; init; }

    /// <summary>Of output tokens per second.</summary>
    public required LoadRatio? OutputTokensPerS { get; init; }

    /// <summary>Of mean TTFT.</summary>
    public required LoadRatio? Ttft { get; init; }

    /// <summary>Of mean TPOT.</summary>
    public required LoadRatio? Tpot { get; init; }

    /// <summary>Of the 99th percentile of ITL.</summary>
    public required LoadRatio? ItlP99 { get; init; }

    /// <summary>Of mean E2EL.</summary>
    public required LoadRatio? E2el { get; init; }
}

/// <summary>How all runs were made, by the names of the flags.</summary>
public sealed record LoadSettings
{
    /// <summary>Conversations that began per second; null for the closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Seconds in which requests began.</summary>
    public required double Duration { get; init; }

    /// <summary>The most requests of a run; null for as many as began in time.</summary>
    public int? Requests { get; init; }

    /// <summary>The file of the questions; null for made-up words.</summary>
    public string? Data { get; init; }

    /// <summary>Words of a made-up prompt.</summary>
    public required int PromptWords { get; init; }

    /// <summary>Words of a system prompt that all requests shared.</summary>
    public required int SharedPrefix { get; init; }

    /// <summary>So many different prompts; null for ever new ones.</summary>
    public int? Recurring { get; init; }

    /// <summary>Questions of a conversation.</summary>
    public required int Turns { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Whether answers were to go on to these.</summary>
    public required bool FixedLength { get; init; }

    /// <summary>The sampling temperature.</summary>
    public required double Temperature { get; init; }

    /// <summary>What a request had to reach to count for goodput.</summary>
    public LoadObjective? Slo { get; init; }

    /// <summary>Decided prompts and times.</summary>
    public required ulong Seed { get; init; }
}

/// <summary>What <c>cascade bench</c> found.</summary>
/// <param name="Options">How all runs were made.</param>
/// <param name="Runs">Every run, in the order in which they were made.</param>
public sealed record LoadReport(LoadSettings Options, IReadOnlyList<LoadRunReport> Runs)
{
    /// <summary>The first endpoint against each of the others, load by load.</summary>
    public IReadOnlyList<LoadComparison> Ratios { get; } =
    [
        .. from load in Runs.GroupBy(run => run.Concurrency)
           let endpoints = load.Where(run => !run.Figures.IsStopped).GroupBy(run => run.Endpoint).OrderBy(runs => runs.Key).ToArray()
           from other in endpoints.Skip(1)
           select Compare(load.Key, [.. endpoints[0]], [.. other]),
    ];

    private static LoadComparison Compare(int? concurrency, LoadRunReport[] own, LoadRunReport[] other)
    {
        return new()
        {
            Concurrency = concurrency,
            Endpoint = $"{own[0].Url} {own[0].Model}",
            Against = $"{other[0].Url} {other[0].Model}",
            OutputTokensPerS = Of(figures => figures.OutputTokensPerS),
            Ttft = Of(figures => figures.TtftMs?.Mean),
            Tpot = Of(figures => figures.TpotMs?.Mean),
            ItlP99 = Of(figures => figures.ItlMs?.P99),
            E2el = Of(figures => figures.E2elMs?.Mean),
        };

        LoadRatio? Of(Func<LoadFigures, double?> figure) => LoadRatio.Of(own.Zip(other, (a, b) => (figure(a.Figures), figure(b.Figures))));
    }
}

/// <summary>How it is written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(JsonObject))]
public sealed partial class LoadJson : JsonSerializerContext;
