using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
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

    /// <summary>The file of named keys.</summary>
    public string? KeysFile { get; init; }

    /// <summary>Names that the Host header may have besides loopback; <c>*</c> allows any.</summary>
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>Origins whose web pages may call the server.</summary>
    public IReadOnlyList<string>? CorsOrigins { get; init; }

    /// <summary>The largest request body, in bytes.</summary>
    public int? BodyLimit { get; init; }

    /// <summary>How long running requests may go on after SIGTERM.</summary>
    public int? DrainSeconds { get; init; }

    /// <summary>Memory for prefixes that have lost their sequence, in MiB; 0 keeps none.</summary>
    public int? PrefixCacheMegabytes { get; init; }

    /// <summary>The folder where such prefixes are while their model is not loaded.</summary>
    public string? PrefixCacheFolder { get; init; }

    /// <summary>Where decisions are written down.</summary>
    public DecisionLogOptions? DecisionLog { get; init; }

    /// <summary>Which collector gets metrics and traces.</summary>
    public TelemetrySettings Telemetry { get; init; } = new();

    /// <summary>The key of /admin.</summary>
    public string? AdminKey { get; init; }

    /// <summary>A libllama that serves in place of those that ship.</summary>
    public string? NativeLibrary { get; init; }

    /// <summary>Whether members are served as they were tuned on this machine.</summary>
    public bool? Tune { get; init; }

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

    /// <summary>Hosts, with their port where it is not the usual one, that members added over HTTP may be at.</summary>
    public IReadOnlyList<string>? RemoteHosts { get; init; }

    /// <summary>Environment variables whose keys members added over HTTP may use.</summary>
    public IReadOnlyList<string>? RemoteKeys { get; init; }

    /// <summary>Whether /admin without a key answers whoever connects from this machine.</summary>
    public bool? AdminLoopback { get; init; }

    /// <summary>Endpoints that join whatever models are served.</summary>
    public IReadOnlyList<MemberSettings> Endpoints { get; init; } = [];

    /// <summary>The models to serve; null or empty leaves it to the next layer.</summary>
    public IReadOnlyList<MemberSettings>? Pool { get; init; }
}

/// <summary>One entry of the configured pool.</summary>
public sealed record MemberSettings
{
    /// <summary>What requests call it; null is the file's name without its ending.</summary>
    public string? Name { get; init; }

    /// <summary>The GGUF file.</summary>
    public string Path { get; init; } = "";

    /// <summary>A file with a chat template that is used instead of the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The base address of an OpenAI-compatible endpoint, in place of <see cref="Path"/>.</summary>
    public string? Url { get; init; }

    /// <summary>What the endpoint calls the model.</summary>
    public string? RemoteModel { get; init; }

    /// <summary>The environment variable that holds the endpoint's key.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>The file that holds the endpoint's key.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>How long a connection to the endpoint may take to be made.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>How long the endpoint may send nothing.</summary>
    public TimeSpan? SilenceTimeout { get; init; }

    /// <summary>Adapters that are applied to the model.</summary>
    public LoraAdapters Lora { get; init; } = [];

    /// <summary>Who drafts ahead of its answers.</summary>
    public DraftingOptions? Drafting { get; init; }

    /// <summary>What its tokens cost.</summary>
    public TokenPrice? Price { get; init; }

    /// <summary>How it is served; wins over the pool-wide settings of the same file.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Sampling defaults; they win over the pool-wide ones.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>It with whole paths.</summary>
    /// <param name="folder">Where those begin that are not.</param>
    internal MemberSettings In(string folder) => this with
    {
        Path = Path.Length > 0 ? System.IO.Path.GetFullPath(Path, folder) : Path,
        ChatTemplate = ChatTemplate is { } template ? System.IO.Path.GetFullPath(template, folder) : null,
        Lora = [.. Lora.Select(adapter => adapter with { Path = System.IO.Path.GetFullPath(adapter.Path, folder) })],
        Drafting = Drafting is { Model: { } drafter } ? new(drafter with { Path = System.IO.Path.GetFullPath(drafter.Path, folder) }) : Drafting,
        ApiKeyFile = ApiKeyFile is { } file ? System.IO.Path.GetFullPath(file, folder) : null,
    };
}

/// <summary>One layer of settings on how models are served; a null leaves the choice to the next layer.</summary>
public sealed record EngineSettings
{
    /// <summary>Tokens one sequence can hold.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences decoded in one batch.</summary>
    public int? Parallel { get; init; }

    /// <summary>Threads of one decode.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads of a step of several tokens.</summary>
    public int? ThreadsBatch { get; init; }

    /// <summary>Layers on the GPU; -1 is all.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>The most prompt tokens evaluated in one step.</summary>
    public int? PrefillBudget { get; init; }

    /// <summary>How many times as long as without prompts a step may take beside running decodes.</summary>
    public double? PrefillSlowdown { get; init; }

    /// <summary>Whether attention is computed by flash attention.</summary>
    public FlashAttentionRule? FlashAttention { get; init; }

    /// <summary>The layout of the KV cache.</summary>
    public KvLayout? KvLayout { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public KvType? KvType { get; init; }

    /// <summary>Cells of a unified KV cache.</summary>
    public int? KvCells { get; init; }

    /// <summary>Requests that may wait for a sequence.</summary>
    public int? MaxQueue { get; init; }

    /// <summary>This layer laid over a weaker one.</summary>
    internal EngineSettings Over(EngineSettings weaker) => new()
    {
        ContextLength = ContextLength ?? weaker.ContextLength,
        Parallel = Parallel ?? weaker.Parallel,
        Threads = Threads ?? weaker.Threads,
        ThreadsBatch = ThreadsBatch ?? weaker.ThreadsBatch,
        GpuLayers = GpuLayers ?? weaker.GpuLayers,
        PrefillBudget = PrefillBudget ?? weaker.PrefillBudget,
        PrefillSlowdown = PrefillSlowdown ?? weaker.PrefillSlowdown,
        FlashAttention = FlashAttention ?? weaker.FlashAttention,
        KvLayout = KvLayout ?? weaker.KvLayout,
        KvType = KvType ?? weaker.KvType,
        KvCells = KvCells ?? weaker.KvCells,
        MaxQueue = MaxQueue ?? weaker.MaxQueue,
    };

    /// <summary>The settings for one file; what is still open takes the engine's defaults.</summary>
    internal ModelOptions For(string path)
    {
        ModelOptions defaults = new() { Path = path };
        return defaults with
        {
            ContextLength = ContextLength,
            Parallel = Parallel,
            Threads = Threads,
            ThreadsBatch = ThreadsBatch,
            GpuLayers = GpuLayers,
            PrefillBudget = PrefillBudget,
            PrefillSlowdown = PrefillSlowdown ?? defaults.PrefillSlowdown,
            FlashAttention = FlashAttention is null or FlashAttentionRule.Auto ? null : FlashAttention == FlashAttentionRule.On,
            KvLayout = KvLayout ?? defaults.KvLayout,
            KvType = KvType ?? defaults.KvType,
            KvCells = KvCells,
            MaxQueue = MaxQueue ?? defaults.MaxQueue,
        };
    }
}

/// <summary>Whether attention is computed by flash attention.</summary>
public enum FlashAttentionRule
{
    /// <summary>As it was tuned, else as llama.cpp chooses.</summary>
    Auto,

    /// <summary>Always.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>What cascade.json says about escalating; a null leaves the default.</summary>
public sealed record EscalationSettings
{
    /// <summary>Who answers.</summary>
    public CascadeMode? Mode { get; init; }

    /// <summary>The share of the requests that the strongest member answers beside.</summary>
    public double? Shadow { get; init; }

    /// <summary>The most escalations of one request.</summary>
    public int? MaxEscalations { get; init; }

    /// <summary>Whether prompts are evaluated while it is decided who answers.</summary>
    public bool? PrefillsAhead { get; init; }

    /// <summary>The texts whose vectors are kept.</summary>
    public int? EmbeddingCache { get; init; }

    /// <summary>The accepted share above which drafts pay.</summary>
    public double? DraftBreakEven { get; init; }

    /// <summary>Who answers requests that bring functions, where no label is of such.</summary>
    public UnlabelledRouting? Tools { get; init; }

    /// <summary>Who answers requests that are unlike all that the policy was fitted to.</summary>
    public UnlabelledRouting? Novel { get; init; }

    /// <summary>With the defaults filled in.</summary>
    internal CascadeSettings Resolve() => new()
    {
        Mode = Mode ?? CascadeMode.Cascade,
        ShadowShare = Shadow ?? 0,
        MaxEscalations = MaxEscalations,
        PrefillsAhead = PrefillsAhead ?? true,
        EmbeddingCache = EmbeddingCache ?? CascadeSettings.DefaultEmbeddingCache,
        DraftBreakEven = DraftBreakEven ?? CascadeSettings.DefaultDraftBreakEven,
        Tools = Tools ?? UnlabelledRouting.Strongest,
        Novel = Novel ?? UnlabelledRouting.Strongest,
    };
}
