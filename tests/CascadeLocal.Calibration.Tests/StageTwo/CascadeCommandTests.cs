using System.Text.Json;

using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>The built program's fit --labels with --keep or --budget, with the real encoder.</summary>
public sealed class CascadeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_and_a_share_to_keep_become_a_policy_that_judges()
    {
        string fit = WriteLabels("fit", 400, 1);
        string certify = WriteLabels("certify", 300, 2);
        string policy = Path.Combine(_folder.Path, "policy");
        (int exitCode, string output, string errors) = CascadeProgram.Run(
            "fit", "--labels", fit, "--certify", certify, "--keep", "0.9", "--k", "2", "--out", policy, "--json");

        Assert.True(exitCode == 0, errors);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement report = document.RootElement;
        string[] fields =
        [
            "metric", "budget", "models", "crossovers", "regions", "chosen", "unconstrained", "eta", "exact", "margins", "embedder", "k", "silhouette",
            "gates", "keep", "guarantee", "delta", "n_certify", "expected", "stage_one", "stage_one_then_two", "joint",
        ];
        Assert.Subset(report.EnumerateObject().Select(p => p.Name).ToHashSet(), fields.ToHashSet());
        Assert.Equal(
            (0.9, "confidence", 0.05, 300),
            (report.GetProperty("keep").GetDouble(), report.GetProperty("guarantee").GetString(), report.GetProperty("delta").GetDouble(), report.GetProperty("n_certify").GetInt32()));
        JsonElement gate = report.GetProperty("gates").EnumerateArray().First();
        Assert.Equal((SyntheticLabels.Cheap, true), (gate.GetProperty("model").GetString(), gate.GetProperty("tau").GetDouble() is > -1 and < 1));
        string[] expected = ["accuracy", "tpot_ms", "e2el_ms", "escalation_rate"];
        Assert.Subset(report.GetProperty("expected").EnumerateObject().Select(p => p.Name).ToHashSet(), expected.ToHashSet());
        Assert.Contains("right answers of the strongest model are lost", errors, StringComparison.Ordinal);
        EscalationPolicy escalation = PolicyFolder.Read(policy).Escalation!;
        Assert.NotNull(escalation.Judges[0]);
        Assert.Equal(300, escalation.Expected!.Questions);

        // A new member is judged by its own answers, and what was fitted to the others stays.
        string probe = WriteLabels("probe", 200, 3, row => row with { Model = "new", TpotMs = row.TpotMs / 4 }, SyntheticLabels.Cheap);
        (exitCode, _, errors) = CascadeProgram.Run("fit", "--add", "new", "--labels", probe, "--policy", policy, "--json");
        Assert.True(exitCode == 0, errors);
        Assert.Matches("new is asked first in [12] of 2 clusters", errors);
        EscalationPolicy extended = PolicyFolder.Read(policy).Escalation!;
        Assert.NotNull(extended.Judges[2]);
        Assert.Equal(escalation.Judges[0]!.ToRecord().Own, extended.Judges[0]!.ToRecord().Own);
        Assert.Equal(GuaranteeKind.None, extended.Guarantee!.Kind);
        Assert.Contains("nothing is promised with new", errors, StringComparison.Ordinal);

        // Its answers were judged as another model's.
        (exitCode, _, errors) = CascadeProgram.Run("fit", "--add", "new", "--labels", probe, "--policy", policy, "--json");
        Assert.True(exitCode == 0, errors);
        Assert.Contains("Stage 2 of the policy was fitted to other answers of new", errors, StringComparison.Ordinal);
        Assert.Null(PolicyFolder.Read(policy).Escalation);
    }

    [Fact]
    public void Tables_for_people_show_gates_plans_and_the_promise()
    {
        string labels = WriteLabels("labels", 120, 1);
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--labels", labels, "--keep", "0.99", "--k", "1");
        Assert.True(exitCode == 0, errors);
        Assert.Contains("48 of 120 prompts were drawn for certifying", errors, StringComparison.Ordinal);
        Assert.Contains("not certifiable: 299 questions that the strongest model answers right are needed", errors, StringComparison.Ordinal);
        Assert.Contains("Keep 0.99: not certifiable", output, StringComparison.Ordinal);
        Assert.Contains("Stage 1, then 2", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Budget_and_share_that_no_plan_keeps_are_exit_code_2_with_what_would_be_feasible()
    {
        string labels = WriteLabels("labels", 120, 1);
        (int exitCode, string output, string errors) = CascadeProgram.Run(
            "fit", "--labels", labels, "--keep", "0.99", "--guarantee", "none", "--budget", "1.2ms", "--k", "1");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("the cheapest that does costs", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--keep", "1.1")]
    [InlineData("--keep", "99%")]
    [InlineData("--keep", "0.9", "--delta", "0")]
    [InlineData("--keep", "0.9", "--guarantee", "sure")]
    [InlineData("--keep", "0.9", "--guarantee", "mean", "--delta", "0.1")]
    [InlineData("--keep", "0.9", "--guarantee", "none", "--delta", "0.1")]
    [InlineData("--guarantee", "mean", "--budget", "2ms")]
    [InlineData("--mode", "joint")]
    [InlineData("--keep", "0.9", "--certify", "y", "--certify-share", "0.2")]
    [InlineData("--keep", "0.9", "--add", "A", "--policy", "y")]
    public void Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(["fit", "--labels", "x", .. arguments]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(errors);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("B")]
    public void Labels_of_which_nothing_but_right_or_wrong_is_known_are_fitted_and_reported_by_stated_costs(string? output)
    {
        string bare = WriteLabels("bare", 120, 1, row => new() { Id = row.Id, Prompt = row.Prompt, Model = row.Model, Correct = row.Correct, Output = output });
        string policy = _folder.File("policy");

        (int exitCode, string printed, string errors) = CascadeProgram.Run(
            "fit", "--labels", bare, "--cost", "cheap=1ms", "--cost", "strong=8ms", "--keep", "0.9", "--guarantee", "none", "--k", "2", "--out", policy, "--json");

        Assert.True(exitCode == 0, errors);
        using JsonDocument fit = JsonDocument.Parse(printed);
        Assert.InRange(fit.RootElement.GetProperty("joint").GetProperty("tpot_ms").GetDouble(), 1, 9);

        (exitCode, printed, errors) = CascadeProgram.Run("report", "--labels", bare, "--policy", policy, "--json");
        Assert.True(exitCode == 0, errors);
        using JsonDocument report = JsonDocument.Parse(printed);
        Assert.Equal(120, report.RootElement.GetProperty("priced").GetInt32());
        Assert.Equal([1, 8], report.RootElement.GetProperty("policies").EnumerateArray().Take(2).Select(p => p.GetProperty("tpot_ms").GetDouble()));
    }

    [Fact]
    public void What_is_expected_by_cross_validation_is_called_so()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(
            "fit", "--labels", WriteLabels("labels", 120, 1), "--keep", "0.95", "--guarantee", "none", "--k", "1");

        Assert.True(exitCode == 0, errors);
        Assert.Contains("cascade, cross-validated", output, StringComparison.Ordinal);
        Assert.DoesNotContain("questions for certifying", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_that_some_rows_lack_are_said_and_plans_are_priced_by_the_others()
    {
        int rows = 0;
        string folder = WriteLabels("some", 120, 1, row => row with { CostUsd = row.Model == "cheap" ? 0.001 : rows++ % 3 == 0 ? null : 0.008 });

        (int exitCode, string output, string errors) = CascadeProgram.Run(
            "fit", "--labels", folder, "--metric", "cost", "--keep", "0.9", "--guarantee", "none", "--k", "2", "--json");

        Assert.True(exitCode == 0, errors);
        Assert.Contains("40 of 120 questions for fitting have no cost of every model; what plans cost is of the others", errors, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.InRange(report.RootElement.GetProperty("joint").GetProperty("cost").GetDouble(), 0.001, 0.009);
    }

    [Fact]
    public void Labels_of_another_model_file_do_not_certify()
    {
        string fit = WriteLabels("fit", 20, 1);
        string certify = WriteLabels("certify", 20, 2);
        File.WriteAllText(Path.Combine(fit, "members.json"), """{"members":[{"name":"cheap","fingerprint":"aa"},{"name":"strong"}]}""");
        File.WriteAllText(Path.Combine(certify, "members.json"), """{"members":[{"name":"cheap","fingerprint":"bb"},{"name":"strong"}]}""");
        (int exitCode, _, string errors) = CascadeProgram.Run("fit", "--labels", fit, "--certify", certify, "--keep", "0.9");
        Assert.Equal(1, exitCode);
        Assert.Contains("the labels of cheap are of another model file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void On_the_real_tier_nothing_can_be_promised_and_routing_alone_pays()
    {
        string data = Path.Combine(RepositoryPaths.Shared ?? "", "data", "real-tier");
        Assert.SkipUnless(Directory.Exists(data), "../shared/data/real-tier is not there");
        string[] arguments = ["fit", "--labels", Path.Combine(data, "labels.jsonl.gz"), "--queries", Path.Combine(data, "questions.jsonl.gz"), "--keep", "0.99", "--json"];
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);
        Assert.Equal(0, exitCode);
        Assert.Contains("not certifiable: 299 questions that the strongest model answers right are needed", errors, StringComparison.Ordinal);
        using JsonDocument promised = JsonDocument.Parse(output);
        Assert.Equal(0, promised.RootElement.GetProperty("joint").GetProperty("gates").GetInt32());

        (exitCode, output, _) = CascadeProgram.Run([.. arguments, "--guarantee", "none"]);
        Assert.Equal(0, exitCode);
        using JsonDocument net = JsonDocument.Parse(output);
        JsonElement joint = net.RootElement.GetProperty("joint");
        JsonElement strong = net.RootElement.GetProperty("compared")[1];
        Assert.InRange(joint.GetProperty("gates").GetInt32(), 0, 1);
        Assert.True(joint.GetProperty("tpot_ms").GetDouble() < strong.GetProperty("tpot_ms").GetDouble());
        Assert.True(joint.GetProperty("retained").GetDouble() > 0.99);
        Assert.True(joint.GetProperty("pays").GetProperty("pays").GetBoolean());
    }

    private string WriteLabels(string name, int questions, int seed, Func<LabelRow, LabelRow>? change = null, string? only = null)
    {
        string folder = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(folder);
        IEnumerable<string> rows = SyntheticLabels.Of(questions, seed).Table.Questions
            .SelectMany(question => question.Runs[0])
            .Where(row => only is null || row.Model == only)
            .Select(row => JsonSerializer.Serialize(change?.Invoke(row) ?? row, LabelJson.Readable.LabelRow));
        _folder.Write(Path.Combine(name, "labels.jsonl"), string.Join('\n', rows));
        return folder;
    }
}
