using System.Net;
using System.Net.Sockets;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Embedding;

using CascadeLocal.Remote;

namespace CascadeLocal.Server.Configuration;

/// <summary>Lays the layers of configuration over each other.</summary>
internal static class OptionsResolver
{
    /// <param name="file">The weakest layer: cascade.json.</param>
    /// <param name="environment">CASCADE_* variables.</param>
    /// <param name="flags">The strongest layer: the command line.</param>
    /// <param name="defaultTier">The model files to serve where no layer names any.</param>
    /// <exception cref="ConfigurationException">No model, or a value that only together with others is wrong.</exception>
    public static ServerOptions Resolve(
        Settings file, Settings environment, Settings flags, IReadOnlyList<string> defaultTier)
    {
        Settings[] layers = [flags, environment, file];
        ServerOptions defaults = new() { Members = [] };
        T? First<T>(Func<Settings, T?> get) => layers.Select(get).FirstOrDefault(value => value is not null);

        IReadOnlyList<MemberSettings>? pool = First(s => s.Pool is { Count: > 0 } named ? named : null);
        if (First(s => s.PrefixCacheFolder) is not null && First(s => s.PrefixCacheMegabytes) == 0)
            throw new ConfigurationException("prefix_cache_dir needs memory: prefix_cache_mb is 0, which keeps no prefixes.");
        return new ServerOptions
        {
            Address = ParseAddress(First(s => s.Host)) ?? defaults.Address,
            Port = First(s => s.Port) ?? defaults.Port,
            ApiKeys = First(s => s.ApiKeys) ?? defaults.ApiKeys,
            KeysFile = First(s => s.KeysFile) is { } keys ? Path.GetFullPath(keys) : null,
            AllowedHosts = First(s => s.AllowedHosts) ?? defaults.AllowedHosts,
            CorsOrigins = First(s => s.CorsOrigins) ?? defaults.CorsOrigins,
            BodyLimit = First(s => s.BodyLimit) ?? defaults.BodyLimit,
            DrainTimeout = First(s => s.DrainSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.DrainTimeout,
            PrefixCacheBytes = First(s => s.PrefixCacheMegabytes) is { } megabytes ? (long)megabytes << 20 : defaults.PrefixCacheBytes,
            PrefixCacheFolder = First(s => s.PrefixCacheFolder) is { } prefixes ? Path.GetFullPath(prefixes) : null,
            DecisionLog = First(s => s.DecisionLog),
            Telemetry = TelemetryOptions.Resolve(file.Telemetry, Environment.GetEnvironmentVariable),
            AdminKey = First(s => s.AdminKey),
            AdminLoopback = First(s => s.AdminLoopback) ?? defaults.AdminLoopback,
            RemoteHosts = First(s => s.RemoteHosts) ?? defaults.RemoteHosts,
            RemoteKeys = First(s => s.RemoteKeys) ?? defaults.RemoteKeys,
            NativeLibrary = First(s => s.NativeLibrary) is { } library ? Path.GetFullPath(library) : null,
            UsesTunings = First(s => s.Tune) ?? defaults.UsesTunings,
            Policy = First(s => s.Policy) is { } policy ? Path.GetFullPath(policy) : PolicyOf(pool is null ? defaultTier : []),
            Embedder = ResolveEmbedder(file, environment, flags),
            Conversation = First(s => s.Conversation) ?? defaults.Conversation,
            Cascade = file.Cascade.Resolve(),
            ResolveMember = member => ResolveMember(member.In(Environment.CurrentDirectory), file, environment, flags),
            MaxQueue = flags.Engine.MaxQueue ?? environment.Engine.MaxQueue ?? file.Engine.MaxQueue ?? defaults.MaxQueue,
            Members = ResolveMembers(file, environment, flags, pool, defaultTier),
        };
    }

    /// <summary>What embeds texts.</summary>
    /// <exception cref="ConfigurationException">The folder that is named holds no encoder that can be run.</exception>
    public static EmbedderOptions ResolveEmbedder(Settings file, Settings environment, Settings flags)
    {
        string? folder = flags.Encoder ?? environment.Encoder ?? file.Encoder;
        EmbedderOptions options = new()
        {
            Folder = folder is null ? null : Path.GetFullPath(folder),
            Precision = flags.EncoderPrecision ?? environment.EncoderPrecision ?? file.EncoderPrecision ?? EncoderPrecision.Automatic,
        };
        try
        {
            if (options.Folder is not null)
                TextEmbedder.CheckFolder(options.Folder);
        }
        catch (EmbeddingException e)
        {
            throw new ConfigurationException($"The encoder cannot be used: {e.Message}", e);
        }

        return options;
    }

    /// <summary>The shipped tier brings its policy in a folder beside its models.</summary>
    private static string? PolicyOf(IReadOnlyList<string> tier) =>
        tier.Count > 0 ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tier[0]))!, "policy") : null;

    private static MemberOptions[] ResolveMembers(
        Settings file,
        Settings environment,
        Settings flags,
        IReadOnlyList<MemberSettings>? pool,
        IReadOnlyList<string> defaultTier)
    {
        pool = [.. pool ?? [.. defaultTier.Select(path => new MemberSettings { Path = path })], .. flags.Endpoints];
        if (pool.Count == 0)
            throw new ConfigurationException("There is no model to serve: name one with --model FILE.gguf or in cascade.json.");

        MemberOptions[] members = [.. pool.Select(member => ResolveMember(member, file, environment, flags))];
        if (members.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ConfigurationException($"Two models are called '{twice.Key}'; give one of them another name in cascade.json.");
        return members;
    }

    /// <summary>One entry of the pool, with what the layers say of all.</summary>
    /// <exception cref="ConfigurationException">Its name, address or key cannot be used.</exception>
    public static MemberOptions ResolveMember(MemberSettings member, Settings file, Settings environment, Settings flags)
    {
        string name = member.Name is { } given ? MemberName.Check(given) : MemberName.FromFile(member.Path);
        if (member.Url is { } url)
            return new() { Name = name, Remote = ResolveEndpoint(member, name, url), Price = member.Price };
        return new()
        {
            Name = name,
            Price = member.Price,
            Model = flags.Engine.Over(environment.Engine).Over(member.Engine).Over(file.Engine).For(member.Path) with
            {
                ChatTemplatePath = member.ChatTemplate is { } template ? Path.GetFullPath(template) : null,
                Lora = member.Lora,
                Drafting = member.Drafting,
                Sampling = member.Sampling.Over(file.Sampling),
            },
        };
    }

    private static RemoteMemberOptions ResolveEndpoint(MemberSettings member, string name, string url)
    {
        RemoteMemberOptions options = new() { Name = name, Url = url, Model = member.RemoteModel ?? name };
        options = options with
        {
            ApiKey = ReadKey(member, name),
            Sampling = member.Sampling,
            ContextLength = member.Engine.ContextLength,
            Parallel = member.Engine.Parallel ?? options.Parallel,
            MaxQueue = member.Engine.MaxQueue ?? options.MaxQueue,
            ConnectTimeout = member.ConnectTimeout ?? options.ConnectTimeout,
            SilenceTimeout = member.SilenceTimeout ?? options.SilenceTimeout,
        };
        try
        {
            RemoteMemberOptions.Validate(options);
            return options;
        }
        catch (RemoteOptionsException e)
        {
            throw new ConfigurationException($"'{name}': {e.Message}", e);
        }
    }

    // Keys come from the environment or a file, never from the configuration itself.
    private static string? ReadKey(MemberSettings member, string name)
    {
        if (member.ApiKeyVariable is { } variable)
        {
            return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key
                ? key
                : throw new ConfigurationException($"'{name}' takes its key from the variable {variable}, which is not set.");
        }

        if (member.ApiKeyFile is not { } file)
            return null;
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The key file of '{name}' cannot be read: {e.Message}", e);
        }
    }

    private static IPAddress? ParseAddress(string? host) => host switch
    {
        null => null,
        "localhost" => IPAddress.Loopback,
        "*" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, // The former takes IPv4 as well.
        _ => IPAddress.TryParse(host, out IPAddress? address)
            ? address
            : throw new ConfigurationException($"The host '{host}' is not an address of this machine: give an IP address, localhost or *."),
    };
}
