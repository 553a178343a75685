namespace CascadeLocal.Routing.Judging.Signals;

/// <summary>How an answer ended, if it has.</summary>
public enum AnswerEnd
{
    /// <summary>It is still being decoded: what is judged is a prefix.</summary>
    Running,

    /// <summary>The model ended it, or a stop string did.</summary>
    Stop,

    /// <summary>It was cut at the limit of tokens.</summary>
    Length,
}
