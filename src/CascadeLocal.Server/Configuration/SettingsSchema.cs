using System.Text.Json;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Configuration;

/// <summary>The keys of cascade.json, their types and ranges. cascade.schema.json says the same to editors.</summary>
internal static class SettingsSchema
{
    private const double MostPrice = 1e9;

    public static readonly ObjectReader<SamplingOptions> Sampling = new(new()
    {
        ["temperature"] = (s, v) => s with { Temperature = SamplingValues.Temperature.Read(v) },
        ["top_k"] = (s, v) => s with { TopK = SamplingValues.TopK.Read(v) },
        ["top_p"] = (s, v) => s with { TopP = SamplingValues.TopP.Read(v) },
        ["min_p"] = (s, v) => s with { MinP = SamplingValues.MinP.Read(v) },
        ["repetition_penalty"] = (s, v) => s with { RepetitionPenalty = SamplingValues.RepetitionPenalty.Read(v) },
        ["frequency_penalty"] = (s, v) => s with { FrequencyPenalty = SamplingValues.AdditivePenalty.Read(v) },
        ["presence_penalty"] = (s, v) => s with { PresencePenalty = SamplingValues.AdditivePenalty.Read(v) },
    });

    public static readonly ObjectReader<EngineSettings> Engine = new(new()
    {
        ["ctx"] = (s, v) => s with { ContextLength = v.Int32(1, int.MaxValue) },
        ["parallel"] = (s, v) => s with { Parallel = v.Int32(1, 64) },
        ["threads"] = (s, v) => s with { Threads = v.Int32(1, 1024) },
        ["threads_batch"] = (s, v) => s with { ThreadsBatch = v.Int32(1, 1024) },
        ["gpu_layers"] = (s, v) => s with { GpuLayers = v.Int32(-1, 100_000) },
        ["prefill_budget"] = (s, v) => s with { PrefillBudget = v.Int32(1, 65_536) },
        ["prefill_slowdown"] = (s, v) => s with { PrefillSlowdown = v.Double(1, 1_000, minExclusive: true) },
        ["flash_attention"] = (s, v) => s with { FlashAttention = ReadFlashAttention(v) },
        ["kv_layout"] = (s, v) => s with { KvLayout = ReadKvLayout(v) },
        ["kv_type"] = (s, v) => s with { KvType = ReadKvType(v) },
        ["kv_cells"] = (s, v) => s with { KvCells = v.Int32(1, int.MaxValue) },
        ["max_queue"] = (s, v) => s with { MaxQueue = v.Int32(0, 1_000_000) },
    });

    public static readonly ObjectReader<LoraOptions> Lora = new(new()
    {
        ["path"] = (s, v) => s with { Path = ReadText(v) },
        ["scale"] = (s, v) => s with { Scale = v.Number(-1_000, 1_000) },
    });

    public static readonly ObjectReader<TokenPrice> Price = new(new()
    {
        ["input"] = (s, v) => s with { Input = v.Double(0, MostPrice) },
        ["output"] = (s, v) => s with { Output = v.Double(0, MostPrice) },
    });

    public static readonly ObjectReader<MemberSettings> Member = new ObjectReader<MemberSettings>(new()
    {
        ["name"] = (s, v) => s with { Name = ReadString(v) },
        ["path"] = (s, v) => s with { Path = ReadString(v) },
        ["chat_template"] = (s, v) => s with { ChatTemplate = ReadText(v) },
        ["url"] = (s, v) => s with { Url = ReadText(v) },
        ["model"] = (s, v) => s with { RemoteModel = ReadText(v) },
        ["api_key_env"] = (s, v) => s with { ApiKeyVariable = ReadText(v) },
        ["api_key_file"] = (s, v) => s with { ApiKeyFile = ReadText(v) },
        ["connect_seconds"] = (s, v) => s with { ConnectTimeout = TimeSpan.FromSeconds(v.Double(0, 3_600, minExclusive: true)) },
        ["silence_seconds"] = (s, v) => s with { SilenceTimeout = TimeSpan.FromSeconds(v.Double(0, 3_600, minExclusive: true)) },
        ["price"] = (s, v) => s with { Price = ReadPrice(v) },
        ["drafter"] = (s, v) => s with { Drafting = ReadDrafter(v) },
        ["lora"] = (s, v) => s with { Lora = [.. v.Items().Select(ReadLora)] },
        ["sampling"] = (s, v) => s with { Sampling = Sampling.Read(s.Sampling, v) },
    }).With(Engine, s => s.Engine, (s, engine) => s with { Engine = engine });

    private static readonly string[] EndpointOnly = ["model", "api_key_env", "api_key_file", "connect_seconds", "silence_seconds"];

    private static readonly string[] FileOnly =
    [
        "chat_template", "drafter", "lora", "threads", "threads_batch", "gpu_layers", "prefill_budget", "prefill_slowdown", "flash_attention", "kv_layout",
        "kv_type", "kv_cells",
    ];

    public static readonly ObjectReader<DecisionLogOptions> DecisionLog = new(new()
    {
        ["path"] = (s, v) => s with { Path = ReadString(v) },
        ["max_mb"] = (s, v) => s with { MaxFileBytes = v.Integer(1, 1_000_000) << 20 },
        ["files"] = (s, v) => s with { Files = v.Int32(1, 1_000) },
        ["text"] = (s, v) => s with { IncludeText = v.Boolean() },
    });

    public static readonly ObjectReader<EscalationSettings> Cascade = new(new()
    {
        ["mode"] = (s, v) => s with { Mode = ReadMode(v) },
        ["shadow"] = (s, v) => s with { Shadow = v.Double(0, 1) },
        ["max_escalations"] = (s, v) => s with { MaxEscalations = v.Int32(0, int.MaxValue) },
        ["prefill_ahead"] = (s, v) => s with { PrefillsAhead = v.Boolean() },
        ["embedding_cache"] = (s, v) => s with { EmbeddingCache = v.Int32(0, 1_000_000) },
        ["draft_break_even"] = (s, v) => s with { DraftBreakEven = v.Double(0, 1) },
        ["tools"] = (s, v) => s with { Tools = ReadUnlabelled(v) },
        ["novel"] = (s, v) => s with { Novel = ReadUnlabelled(v) },
    });

    public static readonly ObjectReader<TelemetrySettings> Telemetry = new(new()
    {
        ["otlp_endpoint"] = (s, v) => s with { Endpoint = ReadAddress(v) },
        ["otlp_headers"] = (s, v) => s with { Headers = v.Members().ToDictionary(m => ReadHeaderName(m.Value, m.Key), m => ReadHeader(m.Value)) },
        ["otlp_protocol"] = (s, v) => s with { Protocol = ReadProtocol(v) },
    });

    public static readonly ObjectReader<Settings> Root = new ObjectReader<Settings>(new()
    {
        ["$schema"] = (s, _) => s,
        ["host"] = (s, v) => s with { Host = ReadString(v) },
        ["port"] = (s, v) => s with { Port = v.Int32(0, 65_535) },
        ["api_keys"] = (s, v) => s with { ApiKeys = ReadStrings(v) },
        ["keys_file"] = (s, v) => s with { KeysFile = ReadText(v) },
        ["allowed_hosts"] = (s, v) => s with { AllowedHosts = [.. v.Items().Select(ReadHost)] },
        ["cors_origins"] = (s, v) => s with { CorsOrigins = [.. v.Items().Select(ReadOrigin)] },
        ["body_limit"] = (s, v) => s with { BodyLimit = v.Int32(1_024, 1 << 30) },
        ["drain_seconds"] = (s, v) => s with { DrainSeconds = v.Int32(0, 86_400) },
        ["prefix_cache_mb"] = (s, v) => s with { PrefixCacheMegabytes = v.Int32(0, 16_777_216) },
        ["prefix_cache_dir"] = (s, v) => s with { PrefixCacheFolder = ReadText(v) },
        ["decision_log"] = (s, v) => s with { DecisionLog = ReadDecisionLog(v) },
        ["telemetry"] = (s, v) => s with { Telemetry = Telemetry.Read(s.Telemetry, v) },
        ["admin_key"] = (s, v) => s with { AdminKey = ReadText(v) },
        ["admin_loopback"] = (s, v) => s with { AdminLoopback = v.Boolean() },
        ["remote_hosts"] = (s, v) => s with { RemoteHosts = ReadStrings(v) },
        ["remote_keys"] = (s, v) => s with { RemoteKeys = ReadStrings(v) },
        ["native_library"] = (s, v) => s with { NativeLibrary = ReadText(v) },
        ["tune"] = (s, v) => s with { Tune = v.Boolean() },
        ["policy"] = (s, v) => s with { Policy = ReadText(v) },
        ["encoder"] = (s, v) => s with { Encoder = ReadText(v) },
        ["encoder_precision"] = (s, v) => s with { EncoderPrecision = ReadPrecision(v) },
        ["conversation"] = (s, v) => s with { Conversation = ReadConversation(v) },
        ["cascade"] = (s, v) => s with { Cascade = Cascade.Read(s.Cascade, v) },
        ["sampling"] = (s, v) => s with { Sampling = Sampling.Read(s.Sampling, v) },
        ["pool"] = (s, v) => s with { Pool = v.Items().Select(ReadMember).ToArray() is { Length: > 0 } pool ? pool : throw v.Error("must name at least one member") },
    }).With(Engine, s => s.Engine, (s, engine) => s with { Engine = engine });

    /// <summary>An entry of the pool: a file, or an endpoint with what has to be known of it.</summary>
    public static MemberSettings ReadMember(JsonField value)
    {
        MemberSettings member = Member.Read(new(), value);
        if (member.Url is null)
        {
            if (EndpointOnly.FirstOrDefault(key => !value.Member(key).IsNull) is { } of)
                throw value.Member(of).Error("is for members with a url");
            return member.Path.Length > 0 ? member : throw value.Member("path").Error("is required");
        }

        if (member.Path.Length > 0)
            throw value.Member("path").Error("and url cannot both be given: a member is a file or an endpoint");
        if (FileOnly.FirstOrDefault(key => !value.Member(key).IsNull) is { } local)
            throw value.Member(local).Error("is for members with a path; an endpoint has settings of its own");
        if (member.Name is null)
            throw value.Member("name").Error("is required beside a url");
        if (member is { ApiKeyVariable: not null, ApiKeyFile: not null })
            throw value.Member("api_key_file").Error("and api_key_env cannot both be given");
        return member.RemoteModel is not null ? member : throw value.Member("model").Error("is required beside a url");
    }

    private static TokenPrice ReadPrice(JsonField value)
    {
        TokenPrice price = Price.Read(new(double.NaN, double.NaN), value);
        // A price that is half there would make answers look cheaper than they are.
        string? missing = double.IsNaN(price.Input) ? "input" : double.IsNaN(price.Output) ? "output" : null;
        return missing is null ? price : throw value.Member(missing).Error("is required: prices are per million tokens, of prompt and answer");
    }

    private static DraftingOptions ReadDrafter(JsonField value) =>
        ReadText(value) is var text && text == DraftingOptions.LookupName ? DraftingOptions.Lookup : new DraftingOptions(new ModelOptions { Path = text });

    private static LoraOptions ReadLora(JsonField value)
    {
        LoraOptions adapter = Lora.Read(new(""), value);
        return adapter.Path.Length > 0 ? adapter : throw value.Member("path").Error("is required");
    }

    // A string is the path alone, so that a flag and a variable can say it.
    private static DecisionLogOptions ReadDecisionLog(JsonField value)
    {
        DecisionLogOptions log = value.Element.ValueKind == JsonValueKind.String
            ? new() { Path = ReadString(value) }
            : DecisionLog.Read(new() { Path = "" }, value);
        return log.Path.Length > 0 ? log : throw value.Error("needs a path");
    }

    private static string[] ReadStrings(JsonField value) =>
        [.. value.Items().Select(ReadText)];

    // As the Host header has it, where the port is no matter.
    private static string ReadHost(JsonField value) =>
        ReadText(value) is var text && (text == "*" || (Uri.CheckHostName(text) != UriHostNameType.Unknown && text.Contains(':', StringComparison.Ordinal) == text.StartsWith('[')))
            ? text
            : throw value.Error("must be a host's name alone, without scheme, port or path");

    private static string ReadOrigin(JsonField value)
    {
        string text = ReadText(value);
        if (text is "*" or "null")
            return text;
        if (!text.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
            throw value.Error("must be *, null or an origin such as https://app.example.com");
        string sent = address.GetLeftPart(UriPartial.Authority);
        return string.Equals(sent, text, StringComparison.OrdinalIgnoreCase) ? text : throw value.Error($"must be as browsers send it: {sent}");
    }

    private static string ReadText(JsonField value) =>
        ReadString(value) is { Length: > 0 } text ? text : throw value.Error("must not be empty");

    // No path can hold one, nor can anything else that is named here.
    private static string ReadString(JsonField value) =>
        value.String() is var text && !text.Contains('\0', StringComparison.Ordinal) ? text : throw value.Error("must not hold the character U+0000");

    private static ConversationRule ReadConversation(JsonField value) => value.String() switch
    {
        "sticky" => ConversationRule.Sticky,
        "last" => ConversationRule.Last,
        "first" => ConversationRule.First,
        _ => throw value.Error("must be sticky, last or first"),
    };

    private static CascadeMode ReadMode(JsonField value) => value.String() switch
    {
        "cascade" => CascadeMode.Cascade,
        "shadow" => CascadeMode.Shadow,
        _ => throw value.Error("must be cascade or shadow"),
    };

    private static UnlabelledRouting ReadUnlabelled(JsonField value) => value.String() switch
    {
        "strongest" => UnlabelledRouting.Strongest,
        "route" => UnlabelledRouting.Route,
        _ => throw value.Error("must be strongest or route"),
    };

    private static EncoderPrecision ReadPrecision(JsonField value) => value.String() switch
    {
        "auto" => EncoderPrecision.Automatic,
        "float32" => EncoderPrecision.Float32,
        "bfloat16" => EncoderPrecision.BFloat16,
        "fixed" => EncoderPrecision.FixedPoint,
        _ => throw value.Error("must be auto, float32, bfloat16 or fixed"),
    };

    private static Uri ReadAddress(JsonField value) =>
        Uri.TryCreate(value.String(), UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.OriginalString.StartsWith(address.Scheme, StringComparison.Ordinal)
            ? address
            : throw value.Error("must be an address that begins with http:// or https://");

    private static string ReadHeaderName(JsonField value, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : throw value.Error("is no name of a header");

    // The exporter takes all of them as one text and splits it at commas.
    private static string ReadHeader(JsonField value) =>
        value.String() is { Length: > 0 } text && text.All(c => c is >= ' ' and <= '~' and not ',')
            ? text
            : throw value.Error("must not be empty, and must be plain ASCII without commas");

    private static OtlpProtocol ReadProtocol(JsonField value) => value.String() switch
    {
        "http/protobuf" => OtlpProtocol.Http,
        "grpc" => OtlpProtocol.Grpc,
        _ => throw value.Error("must be http/protobuf or grpc"),
    };

    private static KvType ReadKvType(JsonField value)
    {
        string name = value.String();
        foreach (KvType type in Enum.GetValues<KvType>())
        {
            if (type.Name() == name)
                return type;
        }

        throw value.Error("must be f16, q8_0 or q4_0");
    }

    private static FlashAttentionRule ReadFlashAttention(JsonField value) => value.String() switch
    {
        "auto" => FlashAttentionRule.Auto,
        "on" => FlashAttentionRule.On,
        "off" => FlashAttentionRule.Off,
        _ => throw value.Error("must be auto, on or off"),
    };

    private static KvLayout ReadKvLayout(JsonField value) => value.String() switch
    {
        "auto" => KvLayout.Auto,
        "streams" => KvLayout.Streams,
        "unified" => KvLayout.Unified,
        _ => throw value.Error("must be auto, streams or unified"),
    };
}
