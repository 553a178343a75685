using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Queries;

namespace CascadeLocal.Calibration.Capture;

/// <summary>A question and how its answers are judged.</summary>
/// <param name="Query">The question.</param>
/// <param name="GradedBy">The grader's name.</param>
/// <param name="Grader">The grader; null is agreement with the strongest member.</param>
internal sealed record GradedQuery(Query Query, string GradedBy, IGrader? Grader)
{
    /// <summary>All questions of a file with their graders.</summary>
    /// <exception cref="DataFileException">A question cannot be graded; the message names its line.</exception>
    public static GradedQuery[] All(QueryFile file, string? defaultGrader) =>
        [.. file.Queries.Select(q => new GradedQuery(q, Graders.NameFor(q, defaultGrader), Graders.For(q, file.Path, defaultGrader)))];
}
