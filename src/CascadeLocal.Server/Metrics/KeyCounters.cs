using System.Diagnostics.Metrics;

using CascadeLocal.Server.Security;

namespace CascadeLocal.Server.Metrics;

/// <summary>What was used under the name of each key, read when somebody asks. There are as many series as keys, times members.</summary>
internal static class KeyCounters
{
    public static void Add(Meter meter, KeyRing keys)
    {
        IEnumerable<KeyUsage> All() => keys.Accounts.Select(account => account.Read());
        static Measurement<long> Of(KeyUsage key, long value, params KeyValuePair<string, object?>[] tags) => new(value, [new("key", key.Name), .. tags]);

        meter.CreateObservableCounter("cascade.key.requests", () => All().Select(key => Of(key, key.Requests)), "{request}", "Requests that were let in.");
        meter.CreateObservableGauge("cascade.key.running", () => All().Select(key => Of(key, key.Running)), "{request}", "Requests that are under way.");
        meter.CreateObservableCounter(
            "cascade.key.refused",
            () => All().SelectMany(key => key.Refused.Select(refused => Of(key, refused.Value, new KeyValuePair<string, object?>("reason", refused.Key)))),
            "{request}",
            "Requests that a key's limits or rights refused.");
        meter.CreateObservableCounter(
            "cascade.key.completed",
            () => All().SelectMany(key => key.Models.Select(model => Of(key, model.Value.Requests, new KeyValuePair<string, object?>("model", model.Key)))),
            "{request}",
            "Requests that ended, by the member that worked on them last.");
        meter.CreateObservableCounter("cascade.key.tokens", () => All().SelectMany(Tokens), "{token}", "Tokens, by what they were.");

        static IEnumerable<Measurement<long>> Tokens(KeyUsage key) => key.Models.SelectMany(model =>
            new[] { ("prompt", model.Value.PromptTokens), ("cached", model.Value.CachedTokens), ("output", model.Value.OutputTokens) }
                .Select(tokens => Of(
                    key, tokens.Item2, new KeyValuePair<string, object?>("model", model.Key), new KeyValuePair<string, object?>("type", tokens.Item1))));
    }
}
