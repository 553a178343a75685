using System.CommandLine;

using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Cli.Commands;

/// <summary>The flags of a command that stand for keys of cascade.json, and --config.</summary>
internal sealed class SettingsFlags
{
    private static readonly (string Key, string Flag, string Value, string Description)[] ModelFlags =
    [
        ("ctx", "--ctx", "tokens", "Tokens one sequence can hold (default: the trained context, at most 8192, less where memory is short)"),
        ("parallel", "--parallel", "sequences", "Sequences decoded in one batch, 1 to 64 (default: 8, fewer where memory is short)"),
        ("threads", "--threads", "n", "Threads of one model (default: the cores divided among the models, at most all but one)"),
        ("threads_batch", "--threads-batch", "n", "Threads of a step of several tokens: prompts, several sequences, drafts (default: as many as --threads)"),
        ("gpu_layers", "--gpu-layers", "n", "Layers on the GPU; -1 is all (default: all, where there is a GPU)"),
        ("flash_attention", "--flash-attention", "rule", "Whether attention is computed by flash attention: auto, on or off (default: auto)"),
        ("kv_layout", "--kv-layout", "layout", "Layout of the KV cache: auto, streams or unified (default: auto)"),
        ("kv_type", "--kv-type", "type", "How keys and values are stored: f16, q8_0 or q4_0 (default: f16)"),
        ("kv_cells", "--kv-cells", "cells", "Cells of a unified KV cache (default: sequences times context)"),
        ("prefill_budget", "--prefill-budget", "tokens", "The most prompt tokens evaluated in one step (default: 128 on CPU, 512 on a GPU)"),
        ("prefill_slowdown", "--prefill-slowdown", "times", "How many times as long as without prompts a step may take beside running decodes (default: 2.5)"),
    ];

    private static readonly (string Key, string Flag, string Value, string Description)[] ServerFlags =
    [
        ("host", "--host", "address", "Address to listen on (default: 127.0.0.1)"),
        ("port", "--port", "port", "Port to listen on; 0 takes a free one (default: 8080)"),
        ("api_keys", "--api-key", "key", "Keys of which requests must bring one, separated by commas (default: none)"),
        ("keys_file", "--keys-file", "file", "The file of named keys, which 'cascade key' writes (default: none)"),
        ("allowed_hosts", "--allowed-hosts", "names", "Names the Host header may have besides loopback, separated by commas"),
        ("cors_origins", "--cors-origins", "origins", "Origins whose web pages may call the server, separated by commas"),
        ("body_limit", "--body-limit", "bytes", "The largest request body (default: 8388608)"),
        ("max_queue", "--max-queue", "requests", "Requests that may wait before more are refused (default: 256)"),
        ("prefix_cache_mb", "--prefix-cache-mb", "MiB", "Memory for prefixes that have lost their sequence; 0 keeps none (default: a tenth of the machine's)"),
        ("prefix_cache_dir", "--prefix-cache-dir", "folder", "Where such prefixes are kept while the server does not run (default: nowhere)"),
        ("decision_log", "--decision-log", "file", "Write a line of JSON about every request into this file (default: none)"),
        ("admin_key", "--admin-key", "key", "The key of /admin (default: none, and /admin answers nobody)"),
        ("policy", "--policy", "folder", "The policy to route by (default: the shipped tier's)"),
        ("encoder", "--encoder", "folder", "A HuggingFace folder of a BERT-family encoder that embeds texts (default: all-MiniLM-L6-v2)"),
        ("encoder_precision", "--encoder-precision", "format", "Format of its products: auto, float32, bfloat16 or fixed (default: auto)"),
        ("conversation", "--conversation", "rule", "How turns are routed: sticky, last or first (default: sticky)"),
        ("drain_seconds", "--drain-seconds", "seconds", "How long running requests may go on after SIGTERM (default: 30)"),
    ];

    private readonly Option<FileInfo?> _config = new("--config")
    {
        Description = "The configuration file (default: ./cascade.json, if there is one)",
        HelpName = "file",
    };

    private readonly List<(string Key, Option<string?> Option)> _settings = [];

    private readonly Option<bool> _noTune = new("--no-tune") { Description = "Leave aside what 'cascade tune' has saved for this machine" };

    private readonly bool _chooses;

    private readonly Option<string[]> _members = new("--member") { DefaultValueFactory = _ => [] };

    /// <summary>Adds --config and the flags on models to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="server">Whether it takes the flags on HTTP too.</param>
    /// <param name="chooses">Whether a --member that is only a name chooses among the members.</param>
    /// <param name="loads">Whether it loads the members as they are served, so that tunings are a matter for it.</param>
    public SettingsFlags(Command command, bool server, bool chooses = false, bool loads = true)
    {
        const string Endpoint = "n OpenAI-compatible endpoint as a member, which joins the models (MODEL: what the endpoint calls it; default: NAME)";
        _members.Description = chooses ? $"A member that is meant (default: all), or a{Endpoint}; may be given several times" : $"A{Endpoint}; may be given several times";
        _members.HelpName = chooses ? "NAME|NAME=URL[,MODEL]" : "NAME=URL[,MODEL]";
        _chooses = chooses;
        command.Options.Add(_config);
        command.Options.Add(_members);
        if (loads)
            command.Options.Add(_noTune);
        foreach ((string key, string flag, string value, string description) in server ? [.. ServerFlags, .. ModelFlags] : ModelFlags)
        {
            Option<string?> option = new(flag) { Description = description, HelpName = value };
            command.Options.Add(option);
            _settings.Add((key, option));
        }
    }

    /// <summary>
    /// The configuration, with the flags that were given and the model files of the command line. A native library that it names has
    /// passed its trial, and serves.
    /// </summary>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public ServerOptions Load(ParseResult command, IReadOnlyList<string> models)
    {
        Settings flags = new() { Tune = command.GetValue(_noTune) ? false : null };
        foreach ((string key, Option<string?> option) in _settings)
        {
            if (command.GetValue(option) is { } text)
                flags = SettingsText.With(flags, key, text, option.Name);
        }

        if (models.Count > 0)
            flags = flags with { Pool = [.. models.Select(path => new MemberSettings { Path = Path.GetFullPath(path) })] };
        ServerOptions options = ConfigurationLoader.Load(
            command.GetValue(_config)?.FullName, flags with { Endpoints = [.. command.GetValue(_members)!.Where(m => !IsChoice(m)).Select(ReadMember)] });
        LibraryTrial.Pass(options);
        return options;
    }

    /// <summary>Whether --member adds endpoints.</summary>
    public bool HasEndpoints(ParseResult command) => command.GetValue(_members)!.Any(m => !IsChoice(m));

    /// <summary>The members that --member chooses: those that it names, and then the endpoints it adds too; none where it names none.</summary>
    /// <exception cref="ConfigurationException">One is no member of the pool.</exception>
    public IReadOnlyList<string> Chosen(ParseResult command, ServerOptions pool)
    {
        string[] chosen = [.. command.GetValue(_members)!.Where(IsChoice)];
        return chosen.FirstOrDefault(name => pool.Members.All(m => m.Name != name)) is { } unknown
            ? throw new ConfigurationException($"'{unknown}' is no member of the pool ({string.Join(", ", pool.Members.Select(m => m.Name))}).")
            : chosen.Length == 0 ? [] : [.. command.GetValue(_members)!.Select(member => member.Split('=', 2)[0])];
    }

    // No name has an equals sign.
    private bool IsChoice(string member) => _chooses && !member.Contains('=', StringComparison.Ordinal);

    private static MemberSettings ReadMember(string text)
    {
        string[] parts = text.Split('=', 2);
        string[] place = parts.Length == 2 ? parts[1].Split(',', 2) : [];
        return place.Length > 0 && parts[0].Length > 0 && place[0].Length > 0
            ? new MemberSettings { Name = parts[0], Url = place[0], RemoteModel = place.Length == 2 ? place[1] : parts[0] }
            : throw new ConfigurationException($"--member '{text}' is not NAME=URL or NAME=URL,MODEL.");
    }
}
