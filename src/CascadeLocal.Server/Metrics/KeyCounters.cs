using System.Diagnostics.Metrics;

using CascadeLocal.Server.Security;

namespace CascadeLocal.Server.Metrics;

/// <summary>What was used under the name of each key, read when somebody asks. There are as many series as keys, times members.</summary>
internal static class KeyCounters
{
    private const string Requests = "cascade.key.requests";
    private const string Running = "cascade.key.running";
    private const string Refused = "cascade.key.refused";
    private const string Completed = "cascade.key.completed";
    private const string Used = "cascade.key.tokens";
    private const int Reasons = 6;
    private const int TokenTypes = 3;

    /// <summary>The series that an instrument needs; null where it is none of these.</summary>
    /// <param name="instrument">Its name.</param>
    /// <param name="names">The most names of keys.</param>
    /// <param name="members">The most names of members.</param>
    public static int? MostSeries(string instrument, int names, int members) => instrument switch
    {
        Requests or Running => names,
        Refused => names * Reasons,
        Completed => names * members,
        Used => names * members * TokenTypes,
        _ => null,
    };

    public static void Add(Meter meter, KeyRing keys)
    {
        IEnumerable<KeyUsage> All() => keys.Accounts.Select(account => account.Read());
        static Measurement<long> Of(KeyUsage key, long value, params KeyValuePair<string, object?>[] tags) => new(value, [new("key", key.Name), .. tags]);

        meter.CreateObservableCounter(Requests, () => All().Select(key => Of(key, key.Requests)), "{request}", "Requests that were let in.");
        meter.CreateObservableGauge(Running, () => All().Select(key => Of(key, key.Running)), "{request}", "Requests that are under way.");
        meter.CreateObservableCounter(
            Refused,
            () => All().SelectMany(key => key.Refused.Select(refused => Of(key, refused.Value, new KeyValuePair<string, object?>("reason", refused.Key)))),
            "{request}",
            "Requests that a key's limits or rights refused.");
        meter.CreateObservableCounter(
            Completed,
            () => All().SelectMany(key => key.Models.Select(model => Of(key, model.Value.Requests, new KeyValuePair<string, object?>("model", model.Key)))),
            "{request}",
            "Requests that ended, by the member that worked on them last.");
        meter.CreateObservableCounter(Used, () => All().SelectMany(Tokens), "{token}", "Tokens, by what they were.");

        static IEnumerable<Measurement<long>> Tokens(KeyUsage key) => key.Models.SelectMany(model =>
            new[] { ("prompt", model.Value.PromptTokens), ("cached", model.Value.CachedTokens), ("output", model.Value.OutputTokens) }
                .Select(tokens => Of(
                    key, tokens.Item2, new KeyValuePair<string, object?>("model", model.Key), new KeyValuePair<string, object?>("type", tokens.Item1))));
    }
}
