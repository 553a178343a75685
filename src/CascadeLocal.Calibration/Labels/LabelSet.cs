using CascadeLocal.Calibration.Grading;

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

    /// <summary>Reads a label file (.jsonl or .jsonl.gz), or all of a folder.</summary>
    /// <exception cref="DataFileException">A file cannot be used; the message names file, line and field.</exception>
    public static LabelSet Read(string path, LabelOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        MembersFile? members = MembersFile.TryRead(path);
        LabelSetReader reader = new(options, members?.Members);
        foreach (string file in LabelFile.Find(path))
            reader.Read(file, cancellationToken);
        return new(reader.Rows, members?.Members, [.. reader.Notices]);
    }
}
