using System.Text.Json;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

/// <summary>The built program's fit and compose, run as a child.</summary>
public sealed class CommandTests
{
    private static readonly string[] RegionFields = ["lambda", "lambda_low", "lambda_high", "accuracy", "cost", "assignment"];

    [Fact]
    public void Fit_prints_one_json_object_with_the_agreed_fields()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), "--budget", "13ms", "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement fit = document.RootElement;
        AssertHas(fit, "metric", "budget", "models", "crossovers", "regions", "chosen", "unconstrained", "eta", "exact", "margins");
        AssertHas(fit.GetProperty("models")[0], "name", "cost", "dominated_by");
        AssertHas(fit.GetProperty("regions")[0], RegionFields);
        AssertHas(fit.GetProperty("chosen"), RegionFields);
        AssertHas(fit.GetProperty("unconstrained"), RegionFields);
        AssertHas(fit.GetProperty("exact"), "accuracy", "cost", "assignment");
        AssertHas(fit.GetProperty("margins")[0], "cluster", "winner", "runner_up", "lead", "low", "high");
        Assert.Equal(JsonValueKind.Null, fit.GetProperty("regions").EnumerateArray().Last().GetProperty("lambda_high").ValueKind);
    }

    [Fact]
    public void The_exact_plan_may_use_a_model_that_was_pruned()
    {
        (_, string output, _) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), "--budget", "9ms", "--json");

        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement fit = document.RootElement;
        Assert.Equal("large", fit.GetProperty("models")[1].GetProperty("dominated_by").GetString());
        Assert.Equal("medium", fit.GetProperty("exact").GetProperty("assignment").GetProperty("sums").GetString());
        Assert.False(fit.GetProperty("exact").TryGetProperty("lambda", out _));
        Assert.True(fit.GetProperty("exact").GetProperty("accuracy").GetDouble() > fit.GetProperty("chosen").GetProperty("accuracy").GetDouble());
    }

    [Fact]
    public void Fit_prints_tables_for_people()
    {
        (int exitCode, string output, _) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), "--budget", "0.013s");

        Assert.Equal(0, exitCode);
        Assert.Contains("Dominated by", output, StringComparison.Ordinal);
        Assert.Contains("Chosen within 13 ms", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--labels", "fit", "--labels", "")]
    [InlineData("--out", "fit", "--labels", "labels", "--out", "")]
    [InlineData("--policy", "report", "--labels", "labels", "--policy", "")]
    [InlineData("--data", "capture", "--data", "", "--out", "o")]
    [InlineData("--model", "models", "--model", "")]
    [InlineData("file", "compose", "")]
    public void An_empty_value_as_an_unset_variable_leaves_it_is_named(string option, params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal($"'{option}' must not be empty.", errors.Trim());
    }

    [Theory]
    [InlineData("'serv' is not a command of cascade; did you mean 'serve'?|See 'cascade --help'.", "serv", "--model", "x")]
    [InlineData("'fly' is not a command of cascade.|See 'cascade --help'.", "fly")]
    [InlineData("'--prot' is not a flag of cascade serve; did you mean '--port'?|See 'cascade serve --help'.", "serve", "--prot", "1")]
    [InlineData("'--prot=1' is not a flag of cascade serve; did you mean '--port'?|See 'cascade serve --help'.", "serve", "--prot=1")]
    [InlineData("'lst' is not a command of cascade key; did you mean 'list'?|See 'cascade key --help'.", "key", "lst")]
    [InlineData("'here' is not an argument of cascade tune.|See 'cascade tune --help'.", "tune", "here")]
    [InlineData("fit needs one of --stats, --labels and --from-log.|See 'cascade fit --help'.", "fit")]
    public void What_is_not_recognised_is_told_once_with_what_was_meant_and_where_help_is(string told, params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);

        Assert.Equal((2, "", told), (exitCode, output, errors.Trim().Replace(Environment.NewLine, "|", StringComparison.Ordinal)));
    }

    [Fact]
    public void Help_is_a_command_too_and_tells_each_default_once()
    {
        (int exitCode, string output, _) = CascadeProgram.Run("help", "bench");

        Assert.Equal((0, CascadeProgram.Run("bench", "--help").Output), (exitCode, output));
        Assert.DoesNotContain(output.Split('\n'), line => line.Contains("(default: ", StringComparison.Ordinal) && line.Contains("[default: ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_output_that_cannot_be_written_ends_the_program_with_a_sentence()
    {
        (int exitCode, string errors) = CascadeProgram.RunInto("/dev/full", "fit", "--stats", TestData.Path("stats.json"), "--budget", "13ms", "--json");

        Assert.Equal(1, exitCode);
        Assert.Contains("No space left", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_where_a_file_belongs_is_called_one()
    {
        (int exitCode, _, string errors) = CascadeProgram.Run("compose", Path.GetTempPath());

        Assert.Equal(1, exitCode);
        Assert.EndsWith("this is a folder, not a file", errors.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_prints_one_json_object_with_the_agreed_fields()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("compose", TestData.Path("cascade.json"), "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        AssertHas(document.RootElement, "accuracy", "tpot_ms", "e2el_ms", "retained", "tpot_saving", "e2el_saving", "strongest");
        Assert.Equal("large", document.RootElement.GetProperty("strongest").GetString());
    }

    [Fact]
    public void A_budget_that_cannot_be_kept_is_exit_code_2_and_names_one_that_can()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), "--budget", "7ms", "--json");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("cheapest achievable TPOT is 8 ms", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--budget", "0ms")]
    [InlineData("--budget", "NaN")]
    [InlineData("--budget", "-1s")]
    [InlineData("--budget", "Infinity")]
    [InlineData("--budget", "soon")]
    [InlineData("--metric", "ttft")]
    [InlineData("--cost-by", "query")]
    public void Wrong_usage_is_exit_code_2(string option, string value)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), option, value);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(value, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run hi", "--max-tokens")]
    [InlineData("capture --data x --out y", "--concurrency", "--runs", "--max-tokens")]
    [InlineData("tune", "--seconds")]
    [InlineData("cluster --data x", "--examples", "--seed")]
    [InlineData("cluster --data x", "--k")]
    [InlineData("fit --labels x", "--k", "--seed", "--cost", "--novel-alpha", "--price", "--budget", "--keep", "--delta", "--certify-share")]
    [InlineData("report --live x --server http://127.0.0.1:1 --model m", "--runs", "--concurrency", "--seed")]
    [InlineData("replay llmrouter", "--seeds")]
    [InlineData(
        "bench", "--concurrency", "--rate", "--duration", "--requests", "--timeout", "--warmup", "--rounds", "--prompt-words", "--shared-prefix", "--recurring",
        "--turns", "--max-tokens", "--temperature", "--slo", "--seed")]
    public void A_flag_that_is_no_number_is_exit_code_2_and_named(string command, params string[] flags)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run([.. command.Split(' '), .. flags.SelectMany(flag => (string[])[flag, "abc"])]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.All(flags, flag => Assert.Contains(errors.Split('\n'), line => line.Contains(flag, StringComparison.Ordinal) && line.Contains("abc", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_switch_that_is_given_a_value_that_is_none_is_exit_code_2_and_named()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("report", "--labels", "x", "--curve=abc");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("abc", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run hi --max-tokens 0")]
    [InlineData("capture --data x --out y --runs 0")]
    [InlineData("tune --seconds 1.5")]
    [InlineData("tune --seconds 3601")]
    [InlineData("cluster --data x --examples -1")]
    [InlineData("bench --duration 0")]
    [InlineData("bench --temperature NaN")]
    [InlineData("bench --data x --turns 2")]
    public void A_number_out_of_range_is_exit_code_2_and_named(string command)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(command.Split(' '));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(command.Split(' ')[^2], errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fit --stats x", "--cost a=1ms", "--k 2", "--seed 1", "--encoder e", "--queries q", "--keep 0.9", "--price a=1,2", "--novel-alpha 0")]
    [InlineData("fit --add a --labels l --policy p", "--budget 1ms", "--metric e2el", "--cost-by cluster", "--k 2", "--seed 1", "--mode joint")]
    [InlineData("fit --from-log x --policy p", "--plot x.svg")]
    [InlineData("fit --labels l", "--policy p")]
    [InlineData("report --from-log x", "--server http://127.0.0.1:1", "--model m", "--key k", "--runs 2", "--concurrency 2", "--seed 1", "--cost")]
    [InlineData("report --live x --server http://127.0.0.1:1 --model m", "--policy p", "--labels l", "--plot x.svg")]
    [InlineData("report --labels x --policy p", "--model m", "--runs 2")]
    [InlineData("report --labels x --curve", "--key k", "--ablation")]
    [InlineData("models --check a", "--model b")]
    public void A_flag_that_would_be_ignored_is_exit_code_2_and_named(string command, params string[] flags)
    {
        foreach (string flag in flags)
        {
            (int exitCode, string output, string errors) = CascadeProgram.Run([.. command.Split(' '), .. flag.Split(' ')]);

            Assert.Equal((2, ""), (exitCode, output));
            Assert.Contains(flag.Split(' ')[0], errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_asked_alone_takes_no_member_beside_it()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("run", "hi", "--model", TestData.Path("stats.json"), "--member", "far=http://127.0.0.1:1/v1");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("--member does not go with a file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_cost_is_exit_code_1_and_named()
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--stats", TestData.Path("stats.json"), "--cost-by", "cluster");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("stats.json: models.medium.cluster_tpot_ms.words:", errors, StringComparison.Ordinal);
    }

    private static void AssertHas(JsonElement element, params string[] fields) =>
        Assert.Subset(element.EnumerateObject().Select(p => p.Name).ToHashSet(), fields.ToHashSet());

    [Fact]
    public void Replay_names_what_can_be_replayed()
    {
        (int exitCode, _, string errors) = CascadeProgram.Run("replay", "nonsense");

        Assert.Equal(2, exitCode);
        Assert.Contains("routellm-mmlu", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_without_its_data_says_so()
    {
        (int exitCode, _, string errors) = CascadeProgram.Run("replay", "llmrouter", "--data", "no-such-folder");

        Assert.Equal(1, exitCode);
        Assert.Contains("no-such-folder", errors, StringComparison.Ordinal);
    }
}
