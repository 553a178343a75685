using CascadeLocal.Calibration.Queries;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Finds the grader of a question.</summary>
internal static class Graders
{
    /// <summary>The name of the grader that applies: the question's own, else the command line's, else exact.</summary>
    public static string NameFor(Query query, string? byDefault) => query.Grader ?? byDefault ?? GraderNames.Exact;

    /// <summary>The grader of a question; null is agreement, which has to know what the strongest member says.</summary>
    /// <exception cref="DataFileException">There is no such grader, it has no answer to work with, or cannot work with it.</exception>
    public static IGrader? For(Query query, string file, string? byDefault)
    {
        string name = NameFor(query, byDefault);
        if (name == GraderNames.Agreement)
            return null;
        if (!GraderNames.All.Contains(name))
            throw new DataFileException(file, query.Line, "grader", $"is '{name}', but must be one of {string.Join(", ", GraderNames.All)}");
        if (query.Answer is null)
            throw new DataFileException(file, query.Line, "answer", $"is missing; the grader {name} needs it, only {GraderNames.Agreement} does without");
        try
        {
            return Create(name, query.Answer);
        }
        catch (GraderException e)
        {
            throw new DataFileException(file, query.Line, "answer", e.Message);
        }
    }

    private static IGrader Create(string name, string answer) => name switch
    {
        GraderNames.Exact => new ExactGrader(answer),
        GraderNames.Text => new TextGrader(answer),
        GraderNames.Contains => new ContainsGrader(answer),
        GraderNames.Number => new NumberGrader(answer, afterMarker: true),
        GraderNames.LastNumber => new NumberGrader(answer, afterMarker: false),
        GraderNames.Choice => FirstWordGrader.Choice(answer),
        GraderNames.First => FirstWordGrader.YesNoOrChoice(answer),
        GraderNames.Sentiment => FirstWordGrader.Sentiment(answer),
        GraderNames.Regex => new RegexGrader(answer),
        _ => new JsonPathGrader(answer),
    };
}
