using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Security;

/// <summary>
/// The keys that requests may bring: those of the configuration, and those of a file, which is read again when it changes. Only hashes
/// are kept, and comparing them takes the same time for any key. Thread-safe.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string? _file;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly KnownKey[] _configured;
    private readonly ClientIdentity? _anonymous;
    private readonly ConcurrentDictionary<string, KeyAccount> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, KeyAccount> _bySalt = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private volatile KnownKey[] _keys;
    private FileState? _seen;
    private FileState? _tried;
    private Task _watching = Task.CompletedTask;

    /// <param name="options">Has the keys and the file's name.</param>
    /// <param name="logger">Told when a changed file is in force or cannot be used.</param>
    public KeyRing(ServerOptions options, ILogger logger)
    {
        (_file, _clock, _logger) = (options.KeysFile, options.Clock, logger);
        _configured = [.. options.ApiKeys.Select((key, i) => Know(new KeyEntry { Name = KeyNames.OfSetting(i, options.ApiKeys.Count), Hash = HashOf(key) }))];
        _keys = _configured;
        Since = _clock.GetUtcNow();
        if (_configured.Length == 0 && _file is null)
            _anonymous = IdentityOf(new KeyEntry { Name = KeyNames.Anonymous }, "");
    }

    /// <summary>From when on use is counted.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Whether keys come from a file, whatever is in it.</summary>
    public bool HasFile => _file is not null;

    /// <summary>Whether everybody may use the server, since no keys are configured.</summary>
    public bool IsOpen => _anonymous is not null;

    /// <summary>The most names that are in force at once.</summary>
    public int MostNames => _anonymous is not null ? 1 : _configured.Length + (HasFile ? KeyFile.MostKeys : 0);

    /// <summary>What was used under every name, also of keys that are gone.</summary>
    public IEnumerable<KeyAccount> Accounts => _accounts.Values.OrderBy(account => account.Name, StringComparer.Ordinal);

    /// <summary>Reads the file, and from now on every one that replaces it.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public void Open()
    {
        if (_file is null)
            return;
        _seen = _tried = FileState.Of(_file);
        Load(_file);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Who sends a request with these headers, or null if that may not be served.</summary>
    public ClientIdentity? Identify(IHeaderDictionary headers)
    {
        if (_anonymous is not null)
            return _anonymous;
        if (BearerKey.Of(headers) is not { } key)
            return null;
        byte[] hash = BearerKey.Hash(key);
        ClientIdentity? found = null;
        foreach (KnownKey candidate in _keys)
            found = CryptographicOperations.FixedTimeEquals(candidate.Hash, hash) ? candidate.Client : found;
        return found?.Rules.Expires <= _clock.GetUtcNow() ? null : found;
    }

    /// <summary>The account of requests with that salt; null where there never was such a key.</summary>
    public KeyAccount? FindAccount(string salt) => _bySalt.GetValueOrDefault(salt);

    /// <summary>Looks once whether the file was replaced. It is read when it was seen unchanged twice, so that nobody's half is.</summary>
    public void CheckFile()
    {
        FileState? now = FileState.Of(_file!);
        bool isStable = now == _seen;
        _seen = now;
        if (!isStable || now == _tried)
            return;
        _tried = now;
        try
        {
            Load(_file!);
            _logger.LogInformation("The keys of {Path} are in force: {Count}", _file, _keys.Length - _configured.Length);
        }
        catch (ConfigurationException e)
        {
            _logger.LogError("The keys stay as they were: {Reason}", e.Message);
        }
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _watching.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private static string HashOf(string key) => Convert.ToHexString(BearerKey.Hash(key));

    private void Load(string file)
    {
        IReadOnlyList<KeyEntry> entries = KeyFile.Read(file);
        if (entries.FirstOrDefault(entry => _configured.Any(known => known.Client.Rules.Hash == entry.Hash)) is { } twice)
            throw new ConfigurationException($"The keys file {file}: the key '{twice.Name}' is in api_keys too, where it has no limits; take it from there.");
        _keys = [.. _configured, .. entries.Select(Know)];
    }

    private KnownKey Know(KeyEntry entry) => new(Convert.FromHexString(entry.Hash), IdentityOf(entry, entry.Hash));

    private ClientIdentity IdentityOf(KeyEntry entry, string salt)
    {
        KeyAccount account = _accounts.GetOrAdd(entry.Name, name => new KeyAccount(name, _clock));
        account.Limit(entry);
        _bySalt[salt] = account;
        return new(salt, entry, account);
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(Interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                TryCheckFile();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server is being disposed.
        }
    }

    private void TryCheckFile()
    {
        try
        {
            CheckFile();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "The keys file cannot be looked at now; it is again at the next interval");
        }
    }

    private sealed record KnownKey(byte[] Hash, ClientIdentity Client);

    /// <summary>What tells two versions of the file apart at no cost. The mode is in it, since a wrong one may have been put right.</summary>
    private sealed record FileState(long Length, DateTime Written, UnixFileMode Mode, string? LinkTarget)
    {
        /// <summary>Null where there is none.</summary>
        public static FileState? Of(string path)
        {
            FileInfo file = new(path);
            return file.Exists ? new(file.Length, file.LastWriteTimeUtc, file.UnixFileMode, file.LinkTarget) : null;
        }
    }
}

/// <summary>
/// Charges keys with what their requests used: the delivered pass, as the answer's own usage says; of a request that was not delivered,
/// what its last member had read and written. Passes that were rejected on the way are the cascade's own doing.
/// </summary>
internal sealed class UsageObserver(KeyRing keys) : ICascadeObserver
{
    public void OnCompleted(CascadeOutcome outcome)
    {
        GenerationResult? result = outcome.Delivered ?? outcome.Passes.LastOrDefault(pass => pass.Member == outcome.Member)?.Result;
        keys.FindAccount(outcome.CacheSalt)?.Charge(
            outcome.Member, result?.PromptTokens ?? 0, result?.CachedTokens ?? 0, result?.OutputTokens ?? 0);
    }
}

/// <summary>The key that a request brings.</summary>
internal static class BearerKey
{
    private const string Scheme = "Bearer ";

    /// <summary>As OpenAI's clients send it, or as Anthropic's do; null where there is none. Another scheme is a proxy's matter.</summary>
    public static string? Of(IHeaderDictionary headers)
    {
        string? authorization = headers.Authorization;
        if (authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true)
            return authorization[Scheme.Length..].Trim();
        return headers["x-api-key"] is [{ } key] ? key.Trim() : null;
    }

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

/// <summary>Who sent a request, and what that one may do.</summary>
/// <param name="CacheSalt">Cached prefixes are shared only with requests of equal salt.</param>
/// <param name="Rules">What the key opens.</param>
/// <param name="Account">What was used under its name.</param>
internal sealed record ClientIdentity(string CacheSalt, KeyEntry Rules, KeyAccount Account)
{
    /// <summary>Whether a list of models has that one: what it may ask for.</summary>
    public bool MaySee(string model) => Rules.MayUse(model) && (Rules.MayPin || model == MemberName.Cascade);

    /// <summary>The request with this client's priority.</summary>
    /// <exception cref="ApiException">It asks for what the key does not open: 404, as if it were not there, or 403.</exception>
    public GenerationRequest Admit(GenerationRequest request)
    {
        RequireMember(request.Member);
        return request with { Priority = Rules.Priority };
    }

    /// <param name="member">The member that is named; null where the choice is left to the policy.</param>
    /// <exception cref="ApiException">The key does not open it: 404, as if it were not there, or 403.</exception>
    public void RequireMember(string? member)
    {
        Require(member ?? MemberName.Cascade);
        if (member is null || Rules.MayPin)
            return;
        Account.Refuse("pinning");
        throw new ApiException(ApiError.InvalidRequest(
            $"This key may not choose a model: ask for '{MemberName.Cascade}'.", "model", "pinning_not_allowed", 403));
    }

    /// <exception cref="ApiException">The key does not open that model: 404, as if it were not there.</exception>
    public void Require(string model)
    {
        if (Rules.MayUse(model))
            return;
        Account.Refuse("model");
        throw new ApiException(ApiError.InvalidRequest(
            $"The model '{Excerpt.Of(model)}' does not exist, or this key may not use it.", "model", "model_not_found", 404));
    }
}

/// <summary>What a request becomes by who sent it.</summary>
internal static class ClientContext
{
    /// <summary>Who sent it.</summary>
    public static ClientIdentity Client(this HttpContext context) => context.Features.GetRequiredFeature<ClientIdentity>();

    /// <summary>A request as its sender may make it, with the deadline and the trace of its headers.</summary>
    /// <exception cref="ApiException">The key does not open what it asks for, or the deadline is none.</exception>
    public static GenerationRequest Admit(this HttpContext context, GenerationRequest request) =>
        RequestDeadline.Apply(context.Request, context.Client().Admit(request)) with { Trace = TraceHeaders.Read(context.Request) };

    /// <summary>
    /// Holds a key's place. The client may ask again as soon as it has the last byte, so the place must be free before that: where an
    /// answer is not a stream, when it begins to be sent, since it is whole then.
    /// </summary>
    public static void HoldKey(this HttpContext context, KeyLease lease)
    {
        context.Features.Set(lease);
        context.Response.OnStarting(static state =>
        {
            HttpContext answered = (HttpContext)state;
            if (answered.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) != true)
                answered.LeaveKey();
            return Task.CompletedTask;
        }, context);
    }

    /// <summary>The work is done, and only sending is left. A stream says so before its last event; more than once is once.</summary>
    public static void LeaveKey(this HttpContext context) => context.Features.Get<KeyLease>()?.Dispose();
}

/// <summary>Marks an endpoint outside /v1 that answers only to those who may use the models.</summary>
internal sealed class KeyRequired
{
    private KeyRequired()
    {
    }

    /// <summary>The mark.</summary>
    public static KeyRequired Instance { get; } = new();
}

/// <summary>Marks an endpoint whose requests do not count among those of the key.</summary>
internal sealed class Unmetered
{
    private Unmetered()
    {
    }

    /// <summary>The mark.</summary>
    public static Unmetered Instance { get; } = new();
}
