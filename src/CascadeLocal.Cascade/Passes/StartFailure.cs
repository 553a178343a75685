using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Cascade.Passes;

/// <summary>Why a member did not take a request, or did not finish it, in one word for paths.</summary>
internal static class StartFailure
{
    /// <summary>Its context does not hold the conversation.</summary>
    public const string Context = "context";

    /// <summary>It broke while it answered.</summary>
    public const string Failed = "failed";

    /// <summary>It is not ready, or has left the pool.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The word; null for an error that is no member's.</summary>
    public static string? WordOf(Exception error) => error switch
    {
        QueueFullException => "full",
        ContextLengthExceededException => Context,
        MemberUnavailableException => Unavailable,
        ChatTemplateException => "template",
        UnknownTokenException => "vocabulary",
        EngineException => Failed,
        _ => null,
    };
}
