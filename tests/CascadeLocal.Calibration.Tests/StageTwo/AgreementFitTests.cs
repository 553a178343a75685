using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>Judges of the second rung, which know what the first one said.</summary>
public sealed class AgreementFitTests
{
    private const int Questions = 900;

    private static readonly float[] Point = [1, 0];

    private static readonly (string Model, double Right, double Tpot)[] Three = [("small", 0.6, 1), ("middle", 0.75, 2), ("large", 0.97, 20)];

    [Fact]
    public void Two_models_that_say_the_same_are_right_and_the_policy_that_serves_knows_it()
    {
        LabelSet labels = Labels(seed: 1, wrongAnswers: 50);
        EmbeddedTable table = Embedded(labels);
        // Judges see those for certifying as they see requests.
        LabelSet others = Labels(seed: 4, wrongAnswers: 50, first: 10 * Questions);
        CascadeFit fit = Cascades.Fit(CascadeLabels.Of(table, Embedded(others)), Cascades.Keep(0.95, clusters: 1));

        FittedAgreement pair = Assert.Single(fit.Agreements);
        Assert.Equal(("middle", "small"), (fit.Questions.Models[pair.Member], fit.Questions.Models[pair.Earlier]));
        Assert.True(pair.Auroc > pair.AurocBefore + 0.1, $"{pair.AurocBefore} -> {pair.Auroc}");
        Assert.True(pair.Agreement.Own.Weights[4] > 1);

        // On the path of all three, what the fit replays is what serving does.
        Policy policy = Cascades.Stored(fit);
        Assert.Equal(fit.Result.Plan.Actions.Any(a => a.Path.Count == 3), policy.Escalation!.Agreements.Count == 1);
        Assert.Equal(3, fit.Result.Plan.Actions[0].Path.Count);
        RecordedRequests requests = RecordedRequests.Of(others, [.. policy.Members.Select(m => m.Name)], "labels");
        PointSet vectors = PointSet.Of([.. requests.Texts.Select(_ => Point)]);
        CascadeReplay replay = new(requests, vectors, new(policy, vectors), policy.Escalation!);
        var (served, verdicts) = replay.Run(_ => policy.Escalation!.Actions[0], policy.Escalation!.EarlyRules, TestContext.Current.CancellationToken);
        Assert.Equal(
            fit.Questions.Certify.Sum(q => PassedGate.Along(q, fit.Questions, fit.Result.Plan, fit.Scores).Count(gate => gate.Model == pair.Member)),
            verdicts.Count(v => v.Member == pair.Member));
        Assert.NotEmpty(served);
    }

    [Fact]
    public void On_a_path_of_four_models_every_gate_is_judged_as_it_was_certified()
    {
        (string, double, double)[] four = [("tiny", 0.5, 0.5), .. Three];
        LabelSet others = Labels(seed: 4, wrongAnswers: 50, first: 10 * Questions, four);
        CascadeFit fit = Cascades.Fit(CascadeLabels.Of(Embedded(Labels(seed: 1, wrongAnswers: 50, first: 0, four)), Embedded(others)), Cascades.Keep(0.95, clusters: 1));
        FittedAgreement fitted = fit.Agreements.Single(a => (a.Member, a.Earlier) == (2, 1));
        Assert.Contains(fit.Agreements, a => (a.Member, a.Earlier) == (1, 0));

        // What the third is told of the second weighs more than it was fitted to, so that each gate shows whose chance it is.
        Agreement told = new(new([.. fitted.Agreement.Own.Weights.Select((weight, i) => i == 3 ? 1 : weight)]), null);
        (double, double) End(int q)
        {
            (double own, double gain) = (fit.Scores[2]!.OwnAtEnd[q], fit.Scores[2]![q][^1]);
            string[] texts = [.. fit.Table.Rows[q].Select(row => NormalizedText.Of(row.Output!))];
            (double corrected, double target) = told.Correct(own, own + gain, fit.Scores[1]!.OwnAtEnd[q], AnswerLikeness.Of(texts[1], texts[2]));
            return (corrected, target - corrected);
        }

        fit = fit with
        {
            Agreements = [.. fit.Agreements.Where(a => a.Member == 1), fitted with { Agreement = told }],
            Scores = [.. fit.Scores.Select((s, m) => m != 2 ? s : s!.With(new Dictionary<int, IReadOnlyList<(double, double)>>
            {
                [1] = [.. Enumerable.Range(0, fit.Questions.Questions.Count).Select(End)],
            }))],
        };
        CascadePlan plan = new([new([0, 1, 2, 3], [0.1, 0.1, 0.1])], [.. fit.Questions.Models.Select(_ => EarlyRule.None)]);
        Policy policy = Cascades.Stored(fit with { Result = fit.Result with { Plan = plan } });
        RecordedRequests requests = RecordedRequests.Of(others, [.. policy.Members.Select(m => m.Name)], "labels");
        PointSet vectors = PointSet.Of([.. requests.Texts.Select(_ => Point)]);
        CascadeReplay replay = new(requests, vectors, new(policy, vectors), policy.Escalation!);
        var (_, verdicts) = replay.Run(_ => plan.Actions[0], plan.EarlyRules, TestContext.Current.CancellationToken);

        (int Member, bool Accepted)[] certified = [.. fit.Questions.Certify
            .SelectMany(q => PassedGate.Along(q, fit.Questions, plan, fit.Scores))
            .Select(gate => (gate.Model, gate.Judged.Verdict == Verdict.Accept))];
        Assert.InRange(certified.Count(gate => gate == (2, true)), 20, Questions);
        Assert.InRange(certified.Count(gate => gate == (2, false)), 20, Questions);
        Assert.Equal(certified, verdicts.Select(verdict => (verdict.Member, verdict.Accepted)));
    }

    [Fact]
    public void What_one_model_says_is_not_asked_for_where_it_tells_nothing_of_the_other()
    {
        // With two answers to choose from, wrong ones agree as often as right ones, and texts are drawn anew.
        LabelSet labels = Labels(seed: 2, wrongAnswers: 0);
        Assert.Empty(Cascades.Fit(Embedded(labels), Cascades.Keep(0.95, clusters: 1)).Agreements);
    }

    [Fact]
    public void Labels_without_text_have_no_agreement()
    {
        LabelSet labels = Labels(seed: 3, wrongAnswers: 50);
        LabelRow[] silent = [.. labels.Rows.Select(row => row.Model == "small" ? row with { Output = null, TokenEnds = null } : row)];
        Assert.Empty(Cascades.Fit(Embedded(new(silent, null, [])), Cascades.Keep(0.95, clusters: 1)).Agreements);
    }

    private static EmbeddedTable Embedded(LabelSet labels)
    {
        QuestionTable table = QuestionTable.Of(labels, "labels");
        return new(table, PointSet.Of([.. table.Texts.Select(_ => Point)]));
    }

    // Models whose tokens tell little. A right answer is the question's number; a wrong one is drawn from so many others, and without
    // any every answer is a text of its own.
    private static LabelSet Labels(int seed, int wrongAnswers, int first = 0, (string Model, double Right, double Tpot)[]? models = null)
    {
        Random random = new(seed);
        List<LabelRow> rows = [];
        for (int i = first; i < first + Questions; i++)
        {
            foreach ((string model, double right, double tpot) in models ?? Three)
            {
                bool isRight = random.NextDouble() < right;
                int said = wrongAnswers == 0 ? random.Next(1_000_000) : isRight ? i : first + Questions + random.Next(wrongAnswers);
                string output = $"answer {Words(said)}";
                float surprise = (float)(random.NextDouble() * (isRight ? 0.8 : 1));
                int tokens = output.Length;
                rows.Add(new()
                {
                    Id = $"{i:00000}", Prompt = $"Question {i}?", Model = model, Correct = isRight ? 1 : 0, Output = output, FinishReason = "stop",
                    OutputTokens = tokens, TtftMs = 5, TpotMs = tpot, E2elMs = 5 + tpot * (tokens - 1),
                    TokenLogprobs = [.. Enumerable.Repeat(-surprise, tokens)], TokenEntropies = [.. Enumerable.Repeat(surprise, tokens)],
                    TokenMargins = [.. Enumerable.Repeat(2 - surprise, tokens)], TokenEnds = [.. Enumerable.Range(1, tokens)],
                });
            }
        }

        return new([.. rows], null, []);
    }

    // Six letters of a number, so that its digits tell the arithmetic reader nothing.
    private static string Words(int number) => string.Concat(number.ToString("000000", null).Select(digit => (char)('a' + digit - '0')));
}
