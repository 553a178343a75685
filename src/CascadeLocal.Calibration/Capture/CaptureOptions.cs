namespace CascadeLocal.Calibration.Capture;

/// <summary>What is captured, and how.</summary>
public sealed record CaptureOptions
{
    /// <summary>The members to ask, by name; empty is all.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Questions that one member answers at once; more than it decodes in one batch are not asked at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>The most tokens of an answer, where the question does not say; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How often every question is asked.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>How long a question waits that a member was too full for, or failed at, before it is asked again for the first time.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The grader of questions that name none; null is exact.</summary>
    public string? Grader { get; init; }
}

/// <summary>Watches a capture. Called from many threads, for one member at a time.</summary>
public interface ICaptureObserver
{
    /// <summary>A member begins.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="open">Answers to be made.</param>
    /// <param name="done">Answers that an earlier capture made.</param>
    void Started(string member, int open, int done);

    /// <summary>An answer was written.</summary>
    void Answered(string member);

    /// <summary>A member has no label for a question: it refuses it, or failed at it again and again.</summary>
    void Refused(string member, string id, string reason);
}
