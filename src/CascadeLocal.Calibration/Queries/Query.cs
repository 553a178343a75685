namespace CascadeLocal.Calibration.Queries;

/// <summary>One question of a data set.</summary>
public sealed record Query
{
    /// <summary>Names the question, once in its file.</summary>
    public required string Id { get; init; }

    /// <summary>What a model is asked; the last turn is a user's.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>What is embedded: the last user message that has text.</summary>
    public required string Prompt { get; init; }

    /// <summary>What is asked for beside: functions, and a form of the answer. Nothing else of it means anything.</summary>
    public GenerationRequest Request { get; init; } = new();

    /// <summary>The right answer, or what the grader needs to know it by; null where nobody knows it.</summary>
    public string? Answer { get; init; }

    /// <summary>Whether <see cref="Answer"/> was a JSON object, which only calls are graded by.</summary>
    public bool HasObjectAnswer { get; init; }

    /// <summary>Which grader applies; null leaves it to the command line.</summary>
    public string? Grader { get; init; }

    /// <summary>The kind of question; never used for fitting.</summary>
    public string? Task { get; init; }

    /// <summary>The most tokens of an answer; null leaves it to the command line.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Its line in the file, from 1.</summary>
    public required int Line { get; init; }
}
