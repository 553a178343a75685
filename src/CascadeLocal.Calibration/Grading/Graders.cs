using CascadeLocal.Calibration.Json;
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
        bool callsTools = query.Request.Kind == RequestKind.Tools;
        if (name == GraderNames.Agreement)
            return callsTools ? throw Wrong("grader", "is agreement, which compares texts; calls are graded by call, texts beside them by the others") : null;
        if (!GraderNames.All.Contains(name))
            throw Wrong("grader", $"is '{name}', but must be one of {string.Join(", ", GraderNames.All)}");
        if (query.Answer is null)
            throw Wrong("answer", $"is missing; the grader {name} needs it, only {GraderNames.Agreement} does without");
        if (name == GraderNames.Call && !callsTools)
            throw Wrong("grader", "is call, but the question has no tools that may be called");
        if (name != GraderNames.Call && query.HasObjectAnswer)
            throw Wrong("answer", $"is an object, which the grader {name} cannot take; only call can");
        try
        {
            return name == GraderNames.Call ? new CallGrader(query.Answer, query.Request) : Create(name, query.Answer);
        }
        catch (GraderException e)
        {
            throw Wrong("answer", e.Message);
        }

        DataFileException Wrong(string field, string problem) => new(file, query.Line, field, problem);
    }

    private static IGrader Create(string name, string answer) => name switch
    {
        GraderNames.Exact => new ExactGrader(answer),
        GraderNames.Text => new TextGrader(answer),
        GraderNames.Contains => new ContainsGrader(answer),
        GraderNames.Number => new NumberGrader(answer, whereStated: true),
        GraderNames.LastNumber => new NumberGrader(answer, whereStated: false),
        GraderNames.Choice => FirstWordGrader.Choice(answer),
        GraderNames.First => FirstWordGrader.YesNoOrChoice(answer),
        GraderNames.Sentiment => FirstWordGrader.Sentiment(answer),
        GraderNames.Regex => new RegexGrader(answer),
        _ => new JsonPathGrader(answer),
    };
}

/// <summary>Tells whether an answer is right, for one question.</summary>
internal interface IGrader
{
    /// <summary>Whether <paramref name="output"/>, all that a model said, is right.</summary>
    /// <exception cref="GraderException">It cannot be told.</exception>
    bool IsRight(string output);

    /// <summary>Whether an answer is right of which calls are told from text.</summary>
    /// <param name="output">The text.</param>
    /// <param name="calls">The calls.</param>
    /// <exception cref="GraderException">It cannot be told.</exception>
    bool IsRight(string output, IReadOnlyList<ToolCall> calls) => IsRight(output);
}

/// <summary>A grader cannot work with an answer; the message says why.</summary>
internal sealed class GraderException(string message) : Exception(message);

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
