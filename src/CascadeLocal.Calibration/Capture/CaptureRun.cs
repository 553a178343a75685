using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Runs the members of a pool over a data set, one after the other, and writes a label for every answer.</summary>
public sealed class CaptureRun
{
    private readonly CaptureOptions _options;
    private readonly GradedQuery[] _questions;

    /// <summary>Prepares a run; nothing is asked yet.</summary>
    /// <exception cref="DataFileException">A question cannot be graded; the message names its line.</exception>
    public CaptureRun(QueryFile data, CaptureOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Runs, 1, nameof(options));
        _options = options;
        _questions = GradedQuery.All(data, options.Grader);
    }

    private bool NeedsReference => _questions.Any(q => q.Grader is null);

    /// <summary>Asks the members and writes into a labels folder; what is there from an earlier run is not asked again.</summary>
    /// <param name="pool">The pool, loaded.</param>
    /// <param name="path">The labels folder; made if it does not exist.</param>
    /// <param name="observer">Told of every answer.</param>
    /// <param name="cancellationToken">Stops it; labels written so far are kept.</param>
    /// <exception cref="CaptureException">A member cannot answer, or the folder's labels do not fit.</exception>
    /// <exception cref="DataFileException">The folder cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<CaptureReport> RunAsync(
        ModelPool pool, string path, ICaptureObserver observer, CancellationToken cancellationToken)
    {
        PoolMember? reference = NeedsReference ? Strongest(pool) : null;
        PoolMember[] members =
        [
            .. pool.Members.Where(m => _options.Members.Count == 0 || _options.Members.Contains(m.Name) || m == reference),
        ];
        RequireReady(members);
        LabelFolder folder = new(path);
        folder.Add([.. members.Select(Describe)], reference?.Name);

        // The strongest first, since the others are compared with it.
        Dictionary<PoolMember, MemberLabels> labels = [];
        foreach (PoolMember member in members.OrderBy(m => m == reference ? 0 : 1))
        {
            MemberLabels? said = reference is null ? null : labels.GetValueOrDefault(reference);
            using LabelWriter file = LabelWriter.Open(folder.PathOf(member.Name));
            labels[member] = await new MemberCapture(member, _questions, _options, said, observer).RunAsync(file, cancellationToken);
        }

        return new CaptureReport([.. members.Select(m => MemberCaptureReport.Of(labels[m]))]);
    }

    // One that failed to load may be the strongest, so nobody can be called so without it.
    private static PoolMember Strongest(ModelPool pool)
    {
        RequireReady(pool.Members);
        return pool.Strongest!;
    }

    private static void RequireReady(IEnumerable<PoolMember> members)
    {
        string[] problems = [.. members.Where(m => m.State != MemberState.Ready).Select(m => $"{m.Name}: {m.FailureReason ?? m.State.ToString()}")];
        if (problems.Length > 0)
            throw new CaptureException(string.Join(Environment.NewLine, problems));
    }

    private static LabelMember Describe(PoolMember member)
    {
        try
        {
            string? fingerprint = member.Options.Model is { } model ? ModelContent.Fingerprint(model) : member.Fingerprint;
            return new LabelMember(member.Name, fingerprint, member.Capabilities!.ParameterCount);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CaptureException($"{member.Options.Source}: the model can no longer be read: {e.Message}");
        }
    }
}

/// <summary>A capture cannot begin, go on or be resumed; the message says why and what would help.</summary>
public sealed class CaptureException(string message) : Exception(message);
