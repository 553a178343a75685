using System.Text.Json;

using CascadeLocal.Calibration.Tests.DecisionLogs;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

/// <summary>The built program's report, run as a child with the real encoder.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_policy_is_fitted_to_some_labels_and_reported_on_others()
    {
        string policy = Path.Combine(_folder.Path, "policy");
        (int fitted, _, string problems) = CascadeProgram.Run("fit", "--labels", WriteLabels("fit.jsonl", 0), "--k", "2", "--out", policy);
        Assert.True(fitted == 0, problems);
        string labels = WriteLabels("test.jsonl", 500);
        string plot = _folder.File("plot.svg");
        (int exitCode, string output, string errors) = CascadeProgram.Run("report", "--labels", labels, "--policy", policy, "--plot", plot, "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement[] policies = [.. document.RootElement.GetProperty("policies").EnumerateArray()];
        Assert.Superset(new HashSet<string?> { "sums", "capitals", "stage 1", "cascade", "random at equal cost", "oracle" }, policies.Select(p => p.GetProperty("name").GetString()).ToHashSet());
        JsonElement stageOne = policies.Single(p => p.GetProperty("kind").GetString() == "stage_one");
        Assert.Equal(1, stageOne.GetProperty("accuracy").GetDouble());
        Assert.Equal(0.5, policies[0].GetProperty("accuracy").GetDouble());
        Assert.True(File.Exists(plot));

        (exitCode, output, _) = CascadeProgram.Run("report", "--labels", labels, "--policy", policy);
        Assert.Equal(0, exitCode);
        Assert.Contains("stage 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_is_reported_with_the_drift_from_a_policy()
    {
        string log = _folder.Write("log.jsonl", string.Join('\n', Enumerable.Range(0, 300).Select(i => Log.Request($"{i}", i % 3 == 0 ? "odd" : "even"))));
        string policy = Path.Combine(_folder.Path, "policy");
        PolicyFolder.Write(policy, World.Cascade(0) with { Escalation = null });
        (int exitCode, string output, string errors) = CascadeProgram.Run("report", "--from-log", log, "--policy", policy, "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(300, document.RootElement.GetProperty("requests").GetInt32());
        // The log names another version than this policy has.
        JsonElement drift = document.RootElement.GetProperty("drift");
        Assert.False(drift.GetProperty("alarm").GetBoolean());
        Assert.Equal(0, drift.GetProperty("requests").GetInt32());

        (exitCode, output, _) = CascadeProgram.Run("report", "--from-log", log);
        Assert.Equal(0, exitCode);
        Assert.Contains("300 requests", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report")]
    [InlineData("report", "--labels", "x")]
    [InlineData("report", "--labels", "x", "--policy", "y", "--from-log", "z")]
    [InlineData("report", "--from-log", "x", "--ablation")]
    [InlineData("report", "--labels", "x", "--policy", "y", "--plot", "z.jpg")]
    [InlineData("report", "--labels", "x", "--policy", "y", "--server", "nonsense")]
    public void Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void A_policy_of_another_model_under_the_same_name_is_refused()
    {
        Directory.CreateDirectory(_folder.File("labels"));
        File.Move(WriteLabels("rows.jsonl", 0), _folder.File("labels/rows.jsonl"));
        _folder.Write("labels/members.json", """{"members":[{"name":"sums","fingerprint":"bb"},{"name":"capitals"}]}""");
        string policy = Path.Combine(_folder.Path, "policy");
        PolicyFolder.Write(policy, World.Cascade(0) with
        {
            Escalation = null,
            Members = [new("sums", "aa"), new("capitals", null)],
            Statistics = new(
                [new("even", 1), new("odd", 1)],
                [new() { Name = "sums", Errors = [0, 0], Tpot = new(5, []) }, new() { Name = "capitals", Errors = [0, 0], Tpot = new(5, []) }]),
        });
        (int exitCode, string output, string errors) = CascadeProgram.Run("report", "--labels", _folder.File("labels"), "--policy", policy, "--json");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("is a policy of another sums (aa) than the labels are of (bb)", errors, StringComparison.Ordinal);
    }

    // 20 questions of two kinds; a member is right on the kind that it is called after.
    private string WriteLabels(string name, int offset)
    {
        string[] capitals = offset == 0
            ? ["France", "Spain", "Italy", "Japan", "Peru", "Kenya", "Norway", "Cuba", "India", "Egypt"]
            : ["Portugal", "Greece", "Chile", "Ghana", "Sweden", "Poland", "Nepal", "Oman", "Fiji", "Mali"];
        return _folder.Write(name, string.Join('\n', ((string[])["sums", "capitals"]).SelectMany(member => Enumerable.Range(0, 20).Select(i =>
        {
            string prompt = i < 10 ? $"What is {17 + i + offset} + {58 - 3 * i}?" : $"What is the capital of {capitals[i - 10]}?";
            int correct = (member == "sums") == i < 10 ? 1 : 0;
            return $$"""{"id":"{{i}}","prompt":"{{prompt}}","model":"{{member}}","correct":{{correct}},"output_tokens":9,"tpot_ms":5,"e2el_ms":90}""";
        }))));
    }
}
