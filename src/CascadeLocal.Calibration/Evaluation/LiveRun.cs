using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Asks a running server a data set, by every model in turns, again and again.</summary>
public sealed class LiveRun
{
    private readonly GradedQuery[] _questions;

    /// <summary>Prepares a run; nothing is asked yet.</summary>
    /// <exception cref="DataFileException">A question cannot be graded; the message names its line.</exception>
    public LiveRun(QueryFile data, LiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Runs, 1, nameof(options));
        Options = options;
        _questions = GradedQuery.All(data, defaultGrader: null);
        if (_questions.FirstOrDefault(q => q.Grader is null) is { } ungraded)
            throw new DataFileException(data.Path, ungraded.Query.Line, "grader", "is agreement, which a running server cannot be graded by");
    }

    /// <summary>How it is done.</summary>
    public LiveOptions Options { get; }

    /// <summary>The questions, for intervals.</summary>
    internal IReadOnlyList<RequestKey> Keys => [.. _questions.Select((question, index) => new RequestKey(index, question.Query.Task))];

    /// <summary>How many runs have ended: all, or where it was stopped fewer.</summary>
    public int Ended { get; private set; }

    /// <summary>The answers of each model in the runs that have ended, run by run, in the order of the data set.</summary>
    internal IReadOnlyDictionary<string, List<LiveAnswer[]>> Answers { get; private set; } = new Dictionary<string, List<LiveAnswer[]>>();

    /// <summary>Asks. What has ended is kept where it is stopped.</summary>
    /// <param name="client">With the server's address, and its key if it wants one.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LiveException">The server cannot be reached or refuses a request.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task RunAsync(HttpClient client, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        LiveServer server = new(client);
        Guid call = Guid.NewGuid();
        Answers = Options.Models.ToDictionary(m => m, _ => new List<LiveAnswer[]>());
        int done = 0;
        int all = Options.Runs * Options.Models.Count * _questions.Length;
        for (int run = 0; run < Options.Runs; run++)
        {
            SeededGenerator generator = SeededGenerator.Of(Options.Seed, run);
            LiveAnswer[][] ofRun = new LiveAnswer[Options.Models.Count][];
            foreach (int m in Shuffled(Options.Models.Count, generator))
            {
                LiveAnswer[] given = new LiveAnswer[_questions.Length];
                // What a question finds in the prefix cache is of this run and model alone, and in another order each time.
                string salt = $"live {call} {run} {Options.Models[m]}";
                await Parallel.ForEachAsync(
                    Shuffled(_questions.Length, generator),
                    new ParallelOptions { MaxDegreeOfParallelism = Options.Concurrency, CancellationToken = cancellationToken },
                    async (q, stop) =>
                    {
                        given[q] = await server.AskAsync(Options.Models[m], _questions[q], salt, stop);
                        progress?.Report((double)Interlocked.Increment(ref done) / all);
                    });
                ofRun[m] = given;
            }

            foreach ((string model, LiveAnswer[] given) in Options.Models.Zip(ofRun))
                Answers[model].Add(given);
            Ended++;
        }
    }

    private static int[] Shuffled(int count, SeededGenerator generator)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        generator.Shuffle(order.AsSpan());
        return order;
    }
}

/// <summary>A graded answer of a running server.</summary>
/// <param name="Served">What it is worth and what it took.</param>
/// <param name="Cascade">Who worked on it.</param>
internal sealed record LiveAnswer(ServedRequest Served, LiveResponse.CascadePart Cascade);

/// <summary>How a running server is measured.</summary>
public sealed record LiveOptions
{
    /// <summary>The model that routes and escalates.</summary>
    public const string Routed = "cascade";

    /// <summary>What is asked for as <c>model</c>, each in its turn: <c>cascade</c> and members.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Requests in flight at once.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How often every model is asked every question; models take turns, in another order in every run.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Decides the order of models and questions.</summary>
    public ulong Seed { get; init; }
}
