using CascadeLocal.Engine;
using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Cascade.Pool;

/// <summary>One member as configured.</summary>
public sealed record MemberOptions
{
    /// <summary>What requests call it; unique in the pool.</summary>
    public required string Name { get; init; }

    /// <summary>The model file and how it is served.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>The configured sampling defaults of this member; they win over the file's own.</summary>
    public SamplingOptions Sampling { get; init; } = new();
}
