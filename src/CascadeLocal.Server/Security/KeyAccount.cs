using System.Collections.Frozen;
using System.Globalization;

using CascadeLocal.Server.Http;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Security;

/// <summary>What has been used under one name since the start, and what may still be. Outlives the key itself. Thread-safe.</summary>
internal sealed class KeyAccount(string name, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ModelUsage> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal);
    private Allowance? _requests;
    private Allowance? _tokens;
    private Allowance? _feedback;
    private int? _concurrency;
    private int _running;
    private long _admitted;

    public string Name => name;

    /// <summary>Whether requests or tokens a minute are limited.</summary>
    public bool IsLimited => _requests is not null || _tokens is not null;

    /// <summary>Puts limits in force; what was used before still counts.</summary>
    public void Limit(KeyEntry rules)
    {
        lock (_lock)
        {
            _requests = Allowance.Of(rules.RequestsPerMinute, _requests, clock);
            _tokens = Allowance.Of(rules.TokensPerMinute, _tokens, clock);
            _feedback = Allowance.Of(rules.RequestsPerMinute, _feedback, clock);
            _concurrency = rules.Concurrency;
        }
    }

    /// <summary>Counts one request in, until what is returned is disposed.</summary>
    /// <exception cref="ApiException">A limit is reached: 429. Nothing is counted but the refusal.</exception>
    public KeyLease Enter()
    {
        lock (_lock)
        {
            if (_running >= _concurrency)
                throw Over("concurrency", $"{_running} requests of the key '{name}' are under way, which is as many as may be at once.", TimeSpan.FromSeconds(1));
            if (_tokens is { HasOne: false })
                throw Over("tokens", $"The key '{name}' has used its {_tokens.PerMinute} tokens a minute.", _tokens.UntilOne);
            if (_requests is { HasOne: false })
                throw Over("requests", $"The key '{name}' has made its {_requests.PerMinute} requests a minute.", _requests.UntilOne);
            _requests?.Take(1);
            _running++;
            _admitted++;
            return new(this);
        }
    }

    /// <summary>Counts feedback, of which as much may come in a minute as there may be requests, beside these.</summary>
    /// <exception cref="ApiException">The limit is reached: 429.</exception>
    public void TakeFeedback()
    {
        lock (_lock)
        {
            if (_feedback is { HasOne: false })
                throw Over("feedback", $"The key '{name}' has given feedback {_feedback.PerMinute} times a minute.", _feedback.UntilOne);
            _feedback?.Take(1);
        }
    }

    /// <summary>Counts a request that was refused for a reason of this key's.</summary>
    public void Refuse(string reason)
    {
        lock (_lock)
            _refused[reason] = _refused.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Counts an answer, and charges its tokens, which may put the key in debt.</summary>
    public void Charge(string model, int prompt, int cached, int output)
    {
        lock (_lock)
        {
            _models[model] = _models.GetValueOrDefault(model) + new ModelUsage(1, prompt, cached, output);
            _tokens?.Take((long)prompt + output);
        }
    }

    /// <summary>All that was used.</summary>
    public KeyUsage Read()
    {
        lock (_lock)
            return new(name, _admitted, _running, _refused.ToFrozenDictionary(), _models.ToFrozenDictionary());
    }

    /// <summary>How much is left of what is limited by the minute.</summary>
    public (AllowanceState? Requests, AllowanceState? Tokens) ReadLimits()
    {
        lock (_lock)
            return (_requests?.Read(), _tokens?.Read());
    }

    internal void Leave()
    {
        lock (_lock)
            _running--;
    }

    private ApiException Over(string reason, string message, TimeSpan wait)
    {
        Refuse(reason);
        return new(ApiError.QueueFull(message, wait));
    }
}

/// <summary>One request of a key that is under way.</summary>
internal sealed class KeyLease(KeyAccount account) : IDisposable
{
    private bool _isReturned;

    /// <summary>It has ended. Once is enough; more changes nothing.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isReturned, true))
            account.Leave();
    }
}

/// <summary>What one key has used since the start.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="Requests">Requests that were let in.</param>
/// <param name="Running">Those of them that are under way.</param>
/// <param name="Refused">Requests that were not, by the word for the limit or right.</param>
/// <param name="Models">Answers and tokens by the model that gave them.</param>
internal sealed record KeyUsage(
    string Name, long Requests, int Running, IReadOnlyDictionary<string, long> Refused, IReadOnlyDictionary<string, ModelUsage> Models);

/// <summary>What was used of one model.</summary>
/// <param name="Requests">Requests that it worked on last.</param>
/// <param name="PromptTokens">Tokens of their prompts.</param>
/// <param name="CachedTokens">Those of them that were found in the prefix cache.</param>
/// <param name="OutputTokens">Tokens of their answers.</param>
internal readonly record struct ModelUsage(long Requests, long PromptTokens, long CachedTokens, long OutputTokens)
{
    public static ModelUsage operator +(ModelUsage a, ModelUsage b) => new(
        a.Requests + b.Requests, a.PromptTokens + b.PromptTokens, a.CachedTokens + b.CachedTokens, a.OutputTokens + b.OutputTokens);
}

/// <summary>OpenAI's x-ratelimit headers: what a key may still do, as it is when the answer begins.</summary>
internal static class RateLimitHeaders
{
    /// <summary>Puts them on whatever is answered, if anything is limited.</summary>
    public static void Attach(HttpResponse response, KeyAccount account)
    {
        if (account.IsLimited)
            response.OnStarting(static state => Write((Answer)state), new Answer(response.Headers, account));
    }

    /// <summary>A time as OpenAI writes it: <c>20ms</c>, <c>8.64s</c>, <c>6m0s</c>.</summary>
    public static string Text(TimeSpan time)
    {
        long milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        (long minutes, double seconds) = (milliseconds / 60_000, milliseconds % 60_000 / 1_000.0);
        if (minutes > 0)
            return string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds:0.###}s");
        return milliseconds is > 0 and < 1_000
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###}s");
    }

    private static Task Write(Answer answer)
    {
        (AllowanceState? requests, AllowanceState? tokens) = answer.Account.ReadLimits();
        Write(answer.Headers, "requests", requests);
        Write(answer.Headers, "tokens", tokens);
        return Task.CompletedTask;
    }

    private static void Write(IHeaderDictionary headers, string kind, AllowanceState? limit)
    {
        if (limit is not { } state)
            return;
        headers[$"x-ratelimit-limit-{kind}"] = state.PerMinute.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-remaining-{kind}"] = state.Left.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-reset-{kind}"] = Text(state.UntilFull);
    }

    private sealed record Answer(IHeaderDictionary Headers, KeyAccount Account);
}
