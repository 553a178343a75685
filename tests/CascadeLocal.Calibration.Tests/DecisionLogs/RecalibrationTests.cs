using System.Globalization;

using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Calibration.Tests.Evaluation;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.DecisionLogs;

/// <summary>Feedback on delivered answers corrects the judges of a policy, and promises nothing.</summary>
public sealed class RecalibrationTests : IDisposable
{
    private static readonly Policy Fitted = Make();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_judge_that_is_too_sure_is_moved_until_its_mean_is_what_was_said()
    {
        (Policy policy, RecalibrationReport report) = Run(Lines(400, right: 0.6));
        MemberRecalibration small = Assert.Single(report.Members);

        Assert.True(report.Changed);
        Assert.Equal(("small", 400, 0.6), (small.Model, small.Rows, Math.Round(small.Observed!.Value, 12)));
        Assert.Equal(0.85, small.Predicted!.Value, 1e-9);
        Assert.InRange(small.Shift!.Value, -1.6, -1.2);
        Assert.True(small.EceAfter < small.EceBefore);
        AssertMoved(Fitted.Escalation!.Judges[0]!, policy.Escalation!.Judges[0]!, small.Shift.Value);
    }

    [Fact]
    public void Nothing_is_promised_or_expected_of_changed_judges_and_the_rest_is_as_it_was()
    {
        (Policy policy, RecalibrationReport report) = Run(Lines(400, right: 0.6));
        EscalationPolicy stage = Reread(policy).Escalation!;

        Assert.Equal((GuaranteeKind.None, 0.95, "none"), (stage.Guarantee!.Kind, stage.Guarantee.Keep, report.Guarantee));
        Assert.Null(stage.Expected);
        Assert.Equal(Fitted.Escalation!.Actions.SelectMany(a => a.Thresholds), stage.Actions.SelectMany(a => a.Thresholds));
        AssertMoved(Reread(Fitted).Escalation!.Judges[0]!, stage.Judges[0]!, report.Members[0].Shift!.Value);
        Assert.Contains(report.Notices, notice => notice.StartsWith("Thresholds are the same, but other answers are accepted", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_to_what_the_judge_was_never_trained_on_do_not_count()
    {
        string[] novel = [.. Lines(400, right: 0.6).Select(line => line.Replace("\"reason\":", "\"novel\":true,\"reason\":", StringComparison.Ordinal))];
        (Policy policy, RecalibrationReport report) = Run(novel);
        Assert.Same(Fitted, policy);
        Assert.Equal(0, Assert.Single(report.Members).Rows);
    }

    [Theory]
    [InlineData(99, 0.6, "small: 99 judged answers with feedback are too few, 100 are needed")]
    [InlineData(0, 1, "small: 0 judged answers with feedback are too few")]
    [InlineData(400, 1, "small: 400 of 400 answers were called right; with fewer than 10")]
    [InlineData(400, 0, "small: 0 of 400 answers were called right; with fewer than 10")]
    [InlineData(400, 0.85, "small: 85.0 % of 400 answers are right and 85.0 % were predicted, which chance explains")]
    public void Feedback_that_says_too_little_leaves_the_policy_with_its_promise(int count, double right, string note)
    {
        (Policy policy, RecalibrationReport report) = Run([.. Lines(count, right), Log.Request("unsaid")]);

        Assert.Same(Fitted, policy);
        Assert.Equal((false, "mean"), (report.Changed, report.Guarantee));
        Assert.StartsWith(note, Assert.Single(report.Members).Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_said_of_escalated_answers_and_under_other_policies_says_nothing_of_the_judge()
    {
        string[] escalated = [.. Enumerable.Range(0, 400).SelectMany(i => (string[])[Log.Request(Id(i), escalated: true), Log.Feedback(Id(i), i % 2)])];
        Assert.Equal(0, Run(escalated).Report.Members[0].Rows);

        (Policy policy, RecalibrationReport report) = Run(Lines(400, right: 0.6), version: "another");
        Assert.Same(Fitted, policy);
        Assert.Equal("400 requests were decided by other policies than another and are left out.", report.Notices[0]);
    }

    [Fact]
    public void A_policy_that_judges_nothing_is_left_with_a_sentence()
    {
        Policy plain = Fitted with { Escalation = null };
        (Policy policy, RecalibrationReport report) = LogRecalibration.Of(plain, Log.Version, Read(Lines(400, right: 0.6)));

        Assert.Same(plain, policy);
        Assert.Equal("The policy judges no answers: there is nothing to recalibrate.", Assert.Single(report.Notices));
    }

    [Fact]
    public void The_program_writes_the_policy_anew_only_where_something_was_learnt()
    {
        string fitted = Path.Combine(_folder.Path, "fitted");
        PolicyFolder.Write(fitted, Fitted);
        byte[] before = File.ReadAllBytes(Path.Combine(fitted, PolicyFolder.DocumentName));
        string version = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(before))[..12];
        string log = _folder.Write("log", string.Join('\n', Lines(400, right: 0.6).Select(line => line.Replace($"\"{Log.Version}\"", $"\"{version}\"", StringComparison.Ordinal))));
        string made = Path.Combine(_folder.Path, "made");

        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--from-log", log, "--policy", fitted, "--out", made);
        Assert.True(exitCode == 0, errors);
        Assert.Contains("its log-odds are moved by -1.", output, StringComparison.Ordinal);
        Assert.Equal(GuaranteeKind.None, PolicyFolder.Read(made).Escalation!.Guarantee!.Kind);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(fitted, PolicyFolder.DocumentName)));

        // Of the policy that it became the log says nothing yet.
        (exitCode, output, errors) = CascadeProgram.Run("fit", "--from-log", log, "--policy", made, "--json");
        Assert.Equal(0, exitCode);
        Assert.Contains("Nothing is written", errors, StringComparison.Ordinal);
        Assert.Contains("\"changed\": false", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from-log needs the policy", "--from-log", "log")]
    [InlineData("--k does not go with --from-log", "--from-log", "log", "--policy", "p", "--k", "2")]
    [InlineData("--labels does not go with --from-log", "--from-log", "log", "--policy", "p", "--labels", "l")]
    public void What_does_not_go_together_is_refused(string message, params string[] arguments)
    {
        (int exitCode, _, string errors) = CascadeProgram.Run(["fit", .. arguments]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    // The file holds heads as float32: what was fitted is compared after the same rounding.
    private Policy Reread(Policy policy)
    {
        string folder = _folder.File(Guid.NewGuid().ToString("N"));
        PolicyFolder.Write(folder, policy);
        return PolicyFolder.Read(folder);
    }

    private static void AssertMoved(MemberJudge before, MemberJudge after, double shift)
    {
        float[] features = new float[before.Layout.Count];
        for (int checkpoint = 0; checkpoint <= before.End; checkpoint++)
        {
            double own = before.OwnProbability(checkpoint, features);
            double moved = after.OwnProbability(checkpoint, features);
            Assert.Equal(Math.Log(own / (1 - own)) + shift, Math.Log(moved / (1 - moved)), 1e-4);
            // The target's chance, of the same numbers: only the difference and the sum round, chances being at most 1.
            Assert.Equal(before.Gain(checkpoint, features) + own, after.Gain(checkpoint, features) + moved, 1e-15);
        }
    }

    // Half of the answers were judged .75 and half .95, and both are called right equally often.
    private static string[] Lines(int count, double right) => [.. Enumerable.Range(0, count).SelectMany(i => (string[])
    [
        Log.Request(Id(i), own: i % 2 == 0 ? 0.75 : 0.95),
        Log.Feedback(Id(i), i / 2 % 20 < 20 * right ? 1 : 0),
    ])];

    private static string Id(int i) => i.ToString(CultureInfo.InvariantCulture);

    private (Policy Policy, RecalibrationReport Report) Run(string[] lines, string version = Log.Version) =>
        LogRecalibration.Of(Fitted, version, Read(lines));

    private LoggedTraffic Read(string[] lines) =>
        LoggedTraffic.Read([_folder.Write("log", string.Join('\n', lines))], TestContext.Current.CancellationToken);

    private static Policy Make()
    {
        Policy policy = World.Cascade(0.2);
        return policy with
        {
            Assignment = [0, 0],
            Escalation = policy.Escalation! with { Guarantee = new(GuaranteeKind.Mean, 0.95), Expected = new(1000, 0.9, 0.9, 8, 150, 0.2, 0.9) },
        };
    }
}
