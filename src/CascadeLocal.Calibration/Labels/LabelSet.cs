using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>Labels as files have them, checked.</summary>
/// <param name="Rows">The rows in file order; no two have the same id, model and run, and equal ids have equal prompts.</param>
/// <param name="Members">What members.json says of the models, or null where there is no such file.</param>
/// <param name="Notices">What was read otherwise than it is written, one sentence each.</param>
public sealed record LabelSet(IReadOnlyList<LabelRow> Rows, IReadOnlyList<LabelMember>? Members, IReadOnlyList<string> Notices)
{
    /// <summary>
    /// <c>agreement</c> where some rows only say whether an answer is the strongest member's; null where all were graded by
    /// known answers.
    /// </summary>
    public string? GradedBy => Rows.Any(row => row.GradedBy == GraderNames.Agreement) ? GraderNames.Agreement : null;

    /// <summary>The different prompts, by the ids of their questions.</summary>
    public IReadOnlyList<string> Prompts => [.. Rows.OrderBy(row => row.Id, StringComparer.Ordinal).Select(row => row.Prompt).Distinct()];

    /// <summary>Reads a label file (.jsonl or .jsonl.gz), or all of a folder.</summary>
    /// <exception cref="DataFileException">A file cannot be used; the message names file, line and field.</exception>
    public static LabelSet Read(string path, LabelOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        MembersFile? members = MembersFile.TryRead(path);
        LabelSetReader reader = new(options, members?.Members);
        foreach (string file in LabelFile.Find(path))
            reader.Read(file, cancellationToken);
        if (options.Prices.Keys.FirstOrDefault(name => reader.Rows.All(row => row.Model != name)) is { } unknown)
            throw new DataFileException(path, null, "model", $"no row is of {unknown}, which has a price");
        return new(reader.Rows, members?.Members, [.. reader.Notices]);
    }
}

/// <summary>A member of the pool that gave labels, as members.json has it.</summary>
/// <param name="Name">Its name in the rows.</param>
/// <param name="Fingerprint">Of its file, or null where that is not known.</param>
/// <param name="Parameters">Its number of parameters, or null where that is not known.</param>
public sealed record LabelMember(string Name, string? Fingerprint, long? Parameters);

/// <summary>How labels are read.</summary>
public sealed record LabelOptions
{
    /// <summary>A file of the questions, from which rows without a prompt take theirs by id; or null.</summary>
    public string? Queries { get; init; }

    /// <summary>The models that may be in the rows, or null for those of members.json; without that file, any.</summary>
    public IReadOnlyCollection<string>? Pool { get; init; }

    /// <summary>Prices by model: its answers cost what their tokens do, whatever the labels say.</summary>
    public IReadOnlyDictionary<string, TokenPrice> Prices { get; init; } = new Dictionary<string, TokenPrice>();

    /// <summary>Whether the figures of single tokens are read.</summary>
    public bool WithSignals { get; init; }
}
