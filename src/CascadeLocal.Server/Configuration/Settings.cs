using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Configuration;

/// <summary>
/// One layer of configuration: the file, the environment or the flags. A null leaves the choice to the next weaker layer.
/// </summary>
public sealed record Settings
{
    /// <summary>The address to listen on.</summary>
    public string? Host { get; init; }

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Keys of which every request must bring one; empty asks for none.</summary>
    public IReadOnlyList<string>? ApiKeys { get; init; }

    /// <summary>Names that the Host header may have besides loopback; <c>*</c> allows any.</summary>
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>Origins whose web pages may call the server.</summary>
    public IReadOnlyList<string>? CorsOrigins { get; init; }

    /// <summary>The largest request body, in bytes.</summary>
    public int? BodyLimit { get; init; }

    /// <summary>How long running requests may go on after SIGTERM.</summary>
    public int? DrainSeconds { get; init; }

    /// <summary>Where decisions are written down.</summary>
    public DecisionLogOptions? DecisionLog { get; init; }

    /// <summary>The key of /admin.</summary>
    public string? AdminKey { get; init; }

    /// <summary>The folder of the policy.</summary>
    public string? Policy { get; init; }

    /// <summary>The folder of the encoder.</summary>
    public string? Encoder { get; init; }

    /// <summary>The number format of the encoder's products.</summary>
    public EncoderPrecision? EncoderPrecision { get; init; }

    /// <summary>How the turns of a conversation are routed.</summary>
    public ConversationRule? Conversation { get; init; }

    /// <summary>How answers are escalated.</summary>
    public EscalationSettings Cascade { get; init; } = new();

    /// <summary>How models are served.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Sampling defaults of all members.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>The models to serve; null or empty leaves it to the next layer.</summary>
    public IReadOnlyList<MemberSettings>? Pool { get; init; }
}
