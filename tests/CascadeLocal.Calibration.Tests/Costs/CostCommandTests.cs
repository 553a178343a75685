using System.Globalization;
using System.Text.Json;

using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Tests.Curves;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Costs;

/// <summary>The built program's costs and curves.</summary>
public sealed class CostCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_with_costs_are_fitted_reported_and_drawn_as_curves()
    {
        string labels = WriteLabels(Chains.Rows(60, 2));
        string policy = Path.Combine(_folder.Path, "policy");
        JsonElement fit = Run("fit", "--labels", labels, "--metric", "cost", "--budget", "6", "--k", "1", "--mode", "stage-one", "--out", policy, "--json");
        Assert.Equal("cost", fit.GetProperty("metric").GetString());
        Assert.Equal([1, 10], fit.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("cost").GetDouble()));
        Assert.Equal((CostMetric.Cost, 6), (PolicyFolder.Read(policy).Options.Metric, PolicyFolder.Read(policy).Options.Budget));

        // 100 tokens of prompt and 10 of answer.
        JsonElement report = Run("report", "--labels", labels, "--policy", policy, "--cost", "--price", "m0=1,100", "--price", "m1=10,1000", "--json");
        Assert.Equal("cost", report.GetProperty("metric").GetString());
        Assert.Equal([0.0011, 0.011], report.GetProperty("policies").EnumerateArray().Take(2).Select(p => Math.Round(p.GetProperty("cost").GetDouble(), 9)));

        string plot = _folder.File("curve.svg");
        JsonElement curve = Run("report", "--curve", "--labels", labels, "--policy", policy, "--plot", plot, "--json");
        Assert.Equal(("m0", "m1", "cost"), (Text(curve, "weak"), Text(curve, "strong"), Text(curve, "metric")));
        Assert.Equal(
            ["random", "query_router", "confidence_cascade", "policy_router", "oracle"],
            curve.GetProperty("scores").EnumerateArray().Select(score => Text(score, "kind")));
        Assert.True(File.Exists(plot));
        (int exitCode, string output, _) = CascadeProgram.Run("report", "--curve", "--labels", labels);
        Assert.Equal(0, exitCode);
        Assert.Contains("On cost", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fit", "--labels", "x", "--metric", "cost", "--budget", "20ms")]
    [InlineData("fit", "--labels", "x", "--metric", "cost", "--cost", "small=1s")]
    [InlineData("fit", "--labels", "x", "--price", "small=1")]
    [InlineData("fit", "--labels", "x", "--price", "small=1,-2")]
    [InlineData("fit", "--stats", "x", "--price", "small=1,2")]
    [InlineData("report", "--curve")]
    [InlineData("report", "--curve", "--labels", "x", "--ablation")]
    [InlineData("report", "--from-log", "x", "--cost")]
    public void Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Costs_that_are_asked_for_and_not_there_are_named()
    {
        string labels = WriteLabels(Chains.Rows(20, 2, row => row with { CostUsd = null }));
        (int exitCode, _, string errors) = CascadeProgram.Run("report", "--curve", "--cost", "--labels", labels, "--json");
        Assert.Equal(1, exitCode);
        Assert.Contains("cost_usd: 'q0000' of m0 has no cost, which --cost needs", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_labels_with_costs_and_no_times_the_metric_that_they_have_is_named()
    {
        string labels = WriteLabels(Chains.Rows(20, 2));
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--labels", labels, "--price", "m0=1,2", "--price", "m1=5,10", "--json");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            [
                "--price is reported beside a plan that is fitted to tpot_ms; --metric cost fits to it",
                $"{labels}: tpot_ms: no answer of m0 has it: --metric cost takes the cost that all models have; --cost m0=20ms states it",
            ],
            errors.Trim().Split('\n'));
    }

    private string WriteLabels(LabelRow[] rows) => _folder.Write("labels.jsonl", string.Join('\n', rows.Select(row => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"id":"{{row.Id}}","prompt":"{{row.Prompt}}","model":"{{row.Model}}","correct":{{row.Correct}},"confidence":{{row.Confidence}},"cost_usd":{{(row.CostUsd is { } cost ? cost : "null")}},"prompt_tokens":100,"output_tokens":10}"""))));

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static JsonElement Run(params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);
        Assert.True(exitCode == 0, errors);
        return JsonDocument.Parse(output).RootElement;
    }
}
