using System.Net;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Routing.Embedding;

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
        return new ServerOptions
        {
            Address = ParseAddress(First(s => s.Host)) ?? defaults.Address,
            Port = First(s => s.Port) ?? defaults.Port,
            ApiKeys = First(s => s.ApiKeys) ?? defaults.ApiKeys,
            AllowedHosts = First(s => s.AllowedHosts) ?? defaults.AllowedHosts,
            CorsOrigins = First(s => s.CorsOrigins) ?? defaults.CorsOrigins,
            BodyLimit = First(s => s.BodyLimit) ?? defaults.BodyLimit,
            DrainTimeout = First(s => s.DrainSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.DrainTimeout,
            DecisionLog = First(s => s.DecisionLog),
            AdminKey = First(s => s.AdminKey),
            Policy = First(s => s.Policy) is { } policy ? Path.GetFullPath(policy) : PolicyOf(pool is null ? defaultTier : []),
            Embedder = ResolveEmbedder(file, environment, flags),
            Conversation = First(s => s.Conversation) ?? defaults.Conversation,
            Cascade = file.Cascade.Resolve(),
            ResolveMember = member => ResolveMember(member with { Path = Path.GetFullPath(member.Path) }, file, environment, flags),
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
        pool ??= [.. defaultTier.Select(path => new MemberSettings { Path = path })];
        if (pool.Count == 0)
            throw new ConfigurationException("There is no model to serve: name one with --model FILE.gguf or in cascade.json.");

        MemberOptions[] members = [.. pool.Select(member => ResolveMember(member, file, environment, flags))];
        if (members.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ConfigurationException($"Two models are called '{twice.Key}'; give one of them another name in cascade.json.");
        return members;
    }

    /// <summary>One entry of the pool, with what the layers say of all.</summary>
    /// <exception cref="ConfigurationException">Its name cannot be used.</exception>
    public static MemberOptions ResolveMember(MemberSettings member, Settings file, Settings environment, Settings flags) => new()
    {
        Name = member.Name is { } name ? MemberName.Check(name) : MemberName.FromFile(member.Path),
        Model = flags.Engine.Over(environment.Engine).Over(member.Engine).Over(file.Engine).For(member.Path),
        Sampling = Over(member.Sampling, file.Sampling),
    };

    private static SamplingOptions Over(SamplingOptions stronger, SamplingOptions weaker) => new()
    {
        Temperature = stronger.Temperature ?? weaker.Temperature,
        TopK = stronger.TopK ?? weaker.TopK,
        TopP = stronger.TopP ?? weaker.TopP,
        MinP = stronger.MinP ?? weaker.MinP,
        RepetitionPenalty = stronger.RepetitionPenalty ?? weaker.RepetitionPenalty,
        FrequencyPenalty = stronger.FrequencyPenalty ?? weaker.FrequencyPenalty,
        PresencePenalty = stronger.PresencePenalty ?? weaker.PresencePenalty,
    };

    private static IPAddress? ParseAddress(string? host) => host switch
    {
        null => null,
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.Any,
        _ => IPAddress.TryParse(host, out IPAddress? address)
            ? address
            : throw new ConfigurationException($"The host '{host}' is not an address of this machine: give an IP address, localhost or *."),
    };
}
