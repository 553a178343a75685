using System.Net;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Configuration;

/// <summary>Everything the server is told, with every default filled in.</summary>
public sealed record ServerOptions
{
    /// <summary>The configuration file that was read; null for none.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>The address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Keys of which every request to /v1 must bring one; empty asks for none.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>The file of named keys; null for none. Where there is one, every request must bring a key, whatever is in it.</summary>
    public string? KeysFile { get; init; }

    /// <summary>Names that the Host header may have besides loopback and the address; <c>*</c> allows any.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins whose web pages may call the server.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>The largest request body, in bytes.</summary>
    public int BodyLimit { get; init; } = 8 << 20;

    /// <summary>How long running requests may go on once the server drains.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most bytes of memory, of all models together, for prefixes that have lost their sequence; 0 keeps none.</summary>
    public long PrefixCacheBytes { get; init; } = PrefixStore.DefaultCapacity;

    /// <summary>Where such prefixes are while their model is not loaded; null forgets them.</summary>
    public string? PrefixCacheFolder { get; init; }

    /// <summary>Where decisions are written down; null: nowhere.</summary>
    public DecisionLogOptions? DecisionLog { get; init; }

    /// <summary>Which collector gets metrics and traces; null for none.</summary>
    public TelemetryOptions? Telemetry { get; init; }

    /// <summary>The most requests that wait before more are refused.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>The models to serve.</summary>
    public required IReadOnlyList<MemberOptions> Members { get; init; }

    /// <summary>The key of /admin; without one it answers nobody, unless <see cref="AdminLoopback"/>.</summary>
    public string? AdminKey { get; init; }

    /// <summary>
    /// Whether /admin without a key answers whoever connects from this machine. A proxy of this machine does so too, for anybody: to
    /// be set only where there is none.
    /// </summary>
    public bool AdminLoopback { get; init; }

    /// <summary>Hosts, with their port where it is not the usual one, that members added over HTTP may be at.</summary>
    public IReadOnlyList<string> RemoteHosts { get; init; } = [];

    /// <summary>Environment variables whose keys members added over HTTP may use.</summary>
    public IReadOnlyList<string> RemoteKeys { get; init; } = [];

    /// <summary>A libllama that serves in place of those that ship; null for these.</summary>
    public string? NativeLibrary { get; init; }

    /// <summary>Whether settings that members leave open are as they were tuned on this machine.</summary>
    public bool UsesTunings { get; init; } = true;

    /// <summary>The folder of the policy, or null for none.</summary>
    public string? Policy { get; init; }

    /// <summary>What embeds texts, for routing and for /v1/embeddings.</summary>
    public EmbedderOptions Embedder { get; init; } = new();

    /// <summary>How the turns of a conversation are routed.</summary>
    public ConversationRule Conversation { get; init; } = ConversationRule.Sticky;

    /// <summary>How answers are escalated.</summary>
    public CascadeSettings Cascade { get; init; } = new();

    /// <summary>Fills in what an entry of the pool leaves open; relative paths are relative to the working folder.</summary>
    internal Func<MemberSettings, MemberOptions> ResolveMember { get; init; } =
        member => OptionsResolver.ResolveMember(member, new(), new(), new());

    /// <summary>Loads another embedder in place of <see cref="Embedder"/>.</summary>
    internal Func<IEmbedder>? LoadEmbedder { get; init; }

    /// <summary>Reads the members of the pool from the configuration as it is now.</summary>
    internal Func<IReadOnlyList<MemberOptions>>? ReadMembers { get; init; }

    /// <summary>Measures what keys may do in a minute, and when they expire.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How often a silent stream is looked at; one that was silent since the last look gets a comment line.</summary>
    internal TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>The most connections that are open at once.</summary>
    internal int MaxConnections { get; init; } = ConnectionLimit.Default;

    /// <summary>How long a client may take nothing of what is sent before it is dropped.</summary>
    internal TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
