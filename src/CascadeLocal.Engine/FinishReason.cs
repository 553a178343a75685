namespace CascadeLocal.Engine;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-generation token or a stop string.</summary>
    Stop,

    /// <summary>The token limit or the end of the context.</summary>
    Length,

    /// <summary>The caller went away, or did not read. Never reaches HTTP.</summary>
    Cancelled,
}
