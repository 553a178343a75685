using System.Globalization;

using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Calibration.Tests.Evaluation;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.DecisionLogs;

/// <summary>The policy was fitted to half even and half odd questions, and expects a fifth to be escalated.</summary>
public sealed class DriftTests : IDisposable
{
    private static readonly Policy Fitted = Make();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Traffic_as_it_was_fitted_to_raises_no_alarm()
    {
        DriftReport drift = Drift(Lines(1000));
        Assert.False(drift.Alarm);
        Assert.Empty(drift.Reasons);
        Assert.Equal((1000, 0.0, 0.2), (drift.Requests, drift.Clusters!.TotalVariation, drift.Escalation!.Live));
        Assert.InRange(drift.Clusters.PValue, 0.99, 1);
    }

    [Fact]
    public void Other_clusters_raise_an_alarm_that_says_so()
    {
        DriftReport drift = Drift(Lines(1000, even: 0.8));
        Assert.True(drift.Alarm);
        Assert.Equal("30.0 % of the requests are in other clusters than when it was fitted (at most 10 %)", Assert.Single(drift.Reasons));
        Assert.Equal([("even", 0.8, 0.5), ("odd", 0.2, 0.5)], drift.Clusters!.Shares.Select(share => (share.Cluster, share.Live, share.Fit)));
    }

    [Fact]
    public void A_small_shift_is_none_however_sure_it_is()
    {
        DriftReport drift = Drift(Lines(20_000, even: 0.56));
        Assert.InRange(drift.Clusters!.TotalVariation, 0.05, 0.07);
        Assert.False(drift.Alarm);
    }

    [Fact]
    public void More_escalations_than_expected_raise_an_alarm() =>
        Assert.Equal("50.0 % of the requests are escalated, 20.0 % were expected", Assert.Single(Drift(Lines(1000, escalated: 0.5)).Reasons));

    [Fact]
    public void Far_more_novel_requests_than_expected_raise_an_alarm_and_a_few_more_none()
    {
        Policy bounded = Fitted with { Novelty = new(0.01, new float[1000]) };
        LogReport Report(int each) => LogReport.Of(
            Read([.. Enumerable.Range(0, 1000).Select(i => Log.Request(Id(i), i % 2 == 0 ? "even" : "odd", escalated: i / 10 % 5 == 0, novel: i % each == 0))]),
            (bounded, Log.Version));

        LogReport many = Report(10);
        Assert.Equal("10.0 % of the requests are unlike all that it was fitted to, 1.0 % were expected at most", Assert.Single(many.Drift!.Reasons));
        Assert.Equal((100, 0.1, 0.01), (many.Novel, many.Drift.Novelty!.Live, many.Drift.Novelty.Alpha));
        Assert.InRange(many.Drift.Novelty.PValue, 0, 0.001);

        LogReport few = Report(20);
        Assert.False(few.Drift!.Alarm);
        Assert.Equal(0.05, few.Drift.Novelty!.Live);
        Assert.Equal(1, Report(1001).Drift!.Novelty!.PValue);
        Assert.Null(Drift(Lines(1000)).Novelty);
    }

    [Fact]
    public void What_is_escalated_of_novel_requests_is_not_what_was_expected()
    {
        // Escalated are a fifth of the others, and all of these.
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => Log.Request(Id(i), i % 2 == 0 ? "even" : "odd", escalated: i >= 500 || i % 5 == 0, novel: i >= 500))];
        DriftReport drift = Drift(lines);
        Assert.Equal(0.2, drift.Escalation!.Live);
        Assert.False(drift.Alarm);
    }

    [Fact]
    public void Feedback_worse_than_predicted_raises_an_alarm_and_as_predicted_none()
    {
        string[] good = [.. Lines(1000), .. Enumerable.Range(0, 1000).Select(i => Log.Feedback(Id(i), i % 10 == 3 ? 0 : 1))];
        DriftReport calm = Drift(good);
        Assert.False(calm.Alarm);
        Assert.Equal((1000, 0.9), (calm.Calibration!.N, calm.Calibration.Observed));

        string[] bad = [.. Lines(1000), .. Enumerable.Range(0, 1000).Select(i => Log.Feedback(Id(i), i % 2))];
        DriftReport drift = Drift(bad);
        Assert.True(drift.Alarm);
        Assert.StartsWith("50.0 % of the judged answers with feedback are right, 91.0 %", Assert.Single(drift.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_between_the_first_and_the_target_is_expected_right_by_its_own_chance()
    {
        // Of nano, small and large the second delivered: its own chance is 0.7, the target's would have been 0.95.
        string[] lines = [.. Enumerable.Range(0, 1000).SelectMany(i => (string[])
        [
            Log.Request(Id(i), i % 2 == 0 ? "even" : "odd", escalated: true, own: 0.7).Replace("\"model\":\"large\",\"path\":[\"small\",\"large\"]", "\"model\":\"small\",\"path\":[\"nano\",\"small\"]", StringComparison.Ordinal),
            Log.Feedback(Id(i), i % 10 < 7 ? 1 : 0),
        ])];
        DriftReport drift = Drift(lines);
        Assert.Equal((0.7, 0.7), (Math.Round(drift.Calibration!.Predicted, 9), drift.Calibration.Observed));
        Assert.DoesNotContain(drift.Reasons, reason => reason.Contains("feedback", StringComparison.Ordinal));
    }

    [Fact]
    public void Few_requests_say_nothing_and_that_is_said()
    {
        DriftReport drift = Drift(Lines(50, even: 1, escalated: 1));
        Assert.False(drift.Alarm);
        Assert.Null(drift.Clusters);
        Assert.Contains("50 requests with a cluster are too few to tell, 100 are needed", drift.Notices);
    }

    [Fact]
    public void Requests_of_other_policies_are_counted_and_not_compared()
    {
        LogReport report = LogReport.Of(Read(Lines(200)), (Fitted, "another"));
        Assert.Equal(0, report.Drift!.Requests);
        Assert.Equal("200 requests were decided by other policies than another and are not compared with it", report.Drift.Notices[0]);
    }

    private static string Id(int i) => i.ToString(CultureInfo.InvariantCulture);

    // Which request is in which cluster, and which is escalated, do not depend on each other.
    private static string[] Lines(int count, double even = 0.5, double escalated = 0.2) => [.. Enumerable.Range(0, count).Select(i =>
        Log.Request(Id(i), i % 100 < 100 * even ? "even" : "odd", escalated: (i / 100 + i % 100 * 37 % 100) % 100 < 100 * escalated))];

    private DriftReport Drift(string[] lines) => LogReport.Of(Read(lines), (Fitted, Log.Version)).Drift!;

    private LoggedTraffic Read(string[] lines) =>
        LoggedTraffic.Read([_folder.Write("log", string.Join('\n', lines))], TestContext.Current.CancellationToken);

    private static Policy Make()
    {
        Policy policy = World.Cascade(0.2);
        return policy with { Escalation = policy.Escalation! with { Expected = new(1000, 0.9, 0.9, 8, 150, 0.2, 0.9) } };
    }
}
