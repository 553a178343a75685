using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Tests.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

/// <summary>Labels that tell of an answer whether it is right and how sure it was, but not how long it is: what a fit counts a report counts.</summary>
public sealed class BareLabelsTests
{
    [Fact]
    public void Answers_of_unknown_length_are_priced_where_they_are_dropped_too()
    {
        (Policy policy, EmbeddedTable labels) = Fitted(timed: true);
        EvaluationReport report = Report(policy, labels);

        AssertPriced(report);
        Assert.Contains("800 answers have neither output_tokens nor an output; two tokens are taken for each", report.Notices);
    }

    [Fact]
    public void Costs_that_were_stated_in_the_fit_are_those_of_the_report()
    {
        (Policy policy, EmbeddedTable labels) = Fitted(timed: false);
        EvaluationReport report = Report(policy, labels);

        AssertPriced(report);
        Assert.NotNull(report.Random);
        Assert.Contains("the labels have no tpot_ms of cheap, strong; what the policy was told is taken: cheap 1 ms, strong 10 ms", report.Notices);
    }

    // 1 ms a token for the cheap answer, 10 ms for the strong one, and both for an escalation.
    private static void AssertPriced(EvaluationReport report)
    {
        PolicyReport always = report.Policies.Single(policy => policy.Kind == "always_cascade");
        Assert.Equal(report.N, report.Priced);
        Assert.InRange(always.EscalationRate, 0.1, 0.9);
        Assert.Equal(1 + 10 * always.EscalationRate, always.TpotMs!.Value, 1e-9);
        Assert.Equal(always.TpotMs.Value, always.TpotTokenWeightedMs!.Value, 1e-9);
    }

    private static (Policy Policy, EmbeddedTable Labels) Fitted(bool timed)
    {
        EmbeddedTable labels = SyntheticLabels.Of(400, 3, change: row => new()
        {
            Id = row.Id, Prompt = row.Prompt, Model = row.Model, Correct = row.Correct, Confidence = row.TokenLogprobs!.Average(), TpotMs = timed ? row.TpotMs : null,
        });
        CascadeFitOptions options = Cascades.Keep(0.95, GuaranteeKind.None);
        options = timed ? options : options with
        {
            StageOne = options.StageOne with { StatedCosts = new Dictionary<string, double> { [SyntheticLabels.Cheap] = 1, [SyntheticLabels.Strong] = 10 } },
        };
        return (Cascades.Stored(Cascades.Fit(CascadeLabels.All(labels), options)), labels);
    }

    private static EvaluationReport Report(Policy policy, EmbeddedTable labels)
    {
        LabelRow[] rows = [.. labels.Table.Questions.SelectMany(question => question.Runs[0])];
        RecordedRequests requests = RecordedRequests.Of(new LabelSet(rows, null, []), policy, "labels.jsonl");
        return EvaluationReport.Of(policy, requests, labels.Texts, new() { Draws = 50 }, TestContext.Current.CancellationToken);
    }
}
