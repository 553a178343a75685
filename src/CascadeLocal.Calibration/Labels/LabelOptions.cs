namespace CascadeLocal.Calibration.Labels;

/// <summary>How labels are read.</summary>
public sealed record LabelOptions
{
    /// <summary>A file of the questions, from which rows without a prompt take theirs by id; or null.</summary>
    public string? Queries { get; init; }

    /// <summary>The models that may be in the rows, or null for those of members.json; without that file, any.</summary>
    public IReadOnlyCollection<string>? Pool { get; init; }

    /// <summary>Whether the figures of single tokens are read.</summary>
    public bool WithSignals { get; init; }
}
