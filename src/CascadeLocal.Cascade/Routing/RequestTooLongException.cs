using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>No member that may answer has a context that holds the conversation and its answer.</summary>
/// <param name="model">The one of them with the largest context.</param>
/// <param name="inner">What it says.</param>
public sealed class RequestTooLongException(string model, ContextLengthExceededException inner) : Exception(inner.Message, inner)
{
    /// <summary>The member with the largest context.</summary>
    public string Model => model;

    /// <summary>Tokens that its context holds.</summary>
    public int ContextLength => inner.ContextLength;
}
