using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Server.Configuration;

/// <summary>One entry of the configured pool.</summary>
public sealed record MemberSettings
{
    /// <summary>What requests call it; null is the file's name without its ending.</summary>
    public string? Name { get; init; }

    /// <summary>The GGUF file.</summary>
    public string Path { get; init; } = "";

    /// <summary>How it is served; wins over the pool-wide settings of the same file.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Sampling defaults; they win over the pool-wide ones.</summary>
    public SamplingOptions Sampling { get; init; } = new();
}
