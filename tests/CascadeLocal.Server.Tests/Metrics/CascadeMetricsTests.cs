using System.Diagnostics.Metrics;

using CascadeLocal.Server.Metrics;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Metrics;

public sealed class CascadeMetricsTests : IDisposable
{
    private readonly Meter _meter = new("test");
    private readonly MeterListener _listener = new();
    private readonly List<string> _recorded = [];

    public CascadeMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.Start();
    }

    [Fact]
    public void An_escalation_is_counted_with_its_way_its_draft_and_both_passes()
    {
        CascadeMetrics metrics = new(_meter);
        CascadeOutcome outcome = Outcomes.Escalated();

        metrics.OnDecided(outcome.Decision);
        metrics.OnJudged(new() { Id = "chatcmpl-2", Member = "nano", Accepted = false, Early = true });
        metrics.OnCompleted(outcome);

        Assert.Equal(
            [
                "cascade.routed 1 cluster=3 model=nano",
                "cascade.verdicts 1 model=nano verdict=reject early=true",
                "cascade.completed 1 model=small status=ok",
                "cascade.queue 0 model=small",
                "cascade.escalated 1 cluster=3 from=nano to=small",
                "cascade.draft.tokens.offered 6 model=small",
                "cascade.draft.tokens.accepted 4 model=small",
                "cascade.prefix.tokens.reused 7 model=nano",
                "cascade.pass.time_per_output_token 0.002 model=nano",
                "cascade.prefix.tokens.reused 7 model=small",
                "cascade.pass.time_per_output_token 0.003 model=small",
            ],
            _recorded);
    }

    [Fact]
    public void A_novel_request_is_counted_as_such_by_its_nearest_cluster_and_the_member_that_starts()
    {
        CascadeMetrics metrics = new(_meter);

        metrics.OnDecided(Outcomes.Decision("1") with { IsNovel = true, Member = "small" });

        Assert.Equal(["cascade.routed 1 cluster=3 model=small", "cascade.novel 1 cluster=3 model=small"], _recorded);
    }

    [Fact]
    public void The_times_of_an_escalation_count_both_passes()
    {
        GenAiMetrics metrics = new(_meter);

        metrics.OnCompleted(Outcomes.Escalated());

        const string Tags = "gen_ai.operation.name=chat gen_ai.provider.name=cascadelocal gen_ai.request.model=cascade gen_ai.response.model=small";
        Assert.Equal(
            [
                $"gen_ai.server.request.duration 0.052 {Tags}",
                $"gen_ai.server.time_to_first_token 0.04 {Tags}",
                $"gen_ai.server.time_per_output_token 0.008 {Tags}",
                $"gen_ai.client.token.usage 10 {Tags} gen_ai.token.type=input",
                $"gen_ai.client.token.usage 5 {Tags} gen_ai.token.type=output",
            ],
            _recorded);
    }

    [Fact]
    public void A_failed_request_has_a_duration_and_the_kind_of_error()
    {
        GenAiMetrics metrics = new(_meter);

        metrics.OnCompleted(Outcomes.Failed());

        Assert.EndsWith("error.type=failed", Assert.Single(_recorded), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    private void Add<T>(string name, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _recorded.Add(FormattableString.Invariant($"{name} {value:0.######} {string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}"));
}
