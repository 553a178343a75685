using System.Globalization;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Security;

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
