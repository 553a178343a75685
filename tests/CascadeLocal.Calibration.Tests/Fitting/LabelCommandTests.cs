using System.Text.Json;

using CascadeLocal.Routing.Policies;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

/// <summary>The built program's cluster, fit --labels and fit --add, with the real encoder.</summary>
public sealed class LabelCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_become_a_policy_that_a_new_member_joins()
    {
        string labels = WriteLabels("labels", "sums", "capitals");
        string policy = Path.Combine(_folder.Path, "policy");
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--labels", labels, "--k", "2", "--out", policy, "--json");

        string[] said = ["no query will be found novel: that takes 99 held-out questions at --novel-alpha 0.01, and there are 20", $"The policy is in {policy}.", ""];
        Assert.Equal((0, string.Join(Environment.NewLine, said)), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement fit = document.RootElement;
        string[] fields =
        [
            "metric", "budget", "models", "crossovers", "regions", "chosen", "unconstrained", "eta", "exact", "margins", "embedder", "k", "silhouette", "expected",
        ];
        Assert.Subset(fit.EnumerateObject().Select(p => p.Name).ToHashSet(), fields.ToHashSet());
        Assert.Equal(("all-MiniLM-L6-v2", 2), (fit.GetProperty("embedder").GetString(), fit.GetProperty("k").GetInt32()));
        Assert.Equal(1, fit.GetProperty("exact").GetProperty("accuracy").GetDouble());
        Assert.Equal(1, fit.GetProperty("expected").GetProperty("accuracy").GetDouble());
        Policy written = PolicyFolder.Read(policy);
        Assert.Equal([new("sums", "aa"), new("capitals", null)], written.Members);

        // It is right on everything and cheaper than both.
        string probe = WriteLabels("probe", "both");
        (exitCode, _, _) = CascadeProgram.Run("fit", "--add", "both", "--labels", probe, "--policy", policy, "--json");
        Assert.Equal(0, exitCode);
        Policy extended = PolicyFolder.Read(policy);
        Assert.Equal(["sums", "capitals", "both"], extended.Members.Select(member => member.Name));
        Assert.Equal([2, 2], extended.Assignment);
        Assert.Equal(written.Novelty!.Distances.ToArray(), extended.Novelty!.Distances.ToArray());

        // What it costs may be stated; of the others the policy knows it.
        string[] again = ["fit", "--add", "both", "--labels", probe, "--policy", policy, "--out", _folder.File("again"), "--json", "--cost"];
        (exitCode, _, errors) = CascadeProgram.Run([.. again, "both=3ms"]);
        Assert.True(exitCode == 0, errors);
        Assert.Equal(3, PolicyFolder.Read(_folder.File("again")).Statistics.Models[2].Tpot.Stated);
        (exitCode, _, errors) = CascadeProgram.Run([.. again, "sums=3ms"]);
        Assert.Equal((1, "--cost 'sums': beside --add it says what both costs; what the others cost is in the policy"), (exitCode, errors.Trim()));
    }

    [Fact]
    public void The_share_that_may_be_found_novel_is_in_the_policy_and_0_leaves_the_boundary_out()
    {
        string labels = WriteLabels("labels", "sums", "capitals");
        string policy = Path.Combine(_folder.Path, "policy");
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--labels", labels, "--k", "2", "--novel-alpha", "0.2", "--out", policy, "--json");

        Assert.True(exitCode == 0, errors);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement novelty = document.RootElement.GetProperty("novelty");
        Assert.Equal((0.2, 20), (novelty.GetProperty("alpha").GetDouble(), novelty.GetProperty("questions").GetInt32()));
        Assert.Equal(PolicyFolder.Read(policy).Novelty!.Radius, novelty.GetProperty("radius").GetDouble());

        (exitCode, output, _) = CascadeProgram.Run("fit", "--labels", labels, "--k", "2", "--novel-alpha", "0", "--out", policy);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("Novel", output, StringComparison.Ordinal);
        Assert.Null(PolicyFolder.Read(policy).Novelty);
    }

    [Fact]
    public void Clusters_are_shown_with_their_nearest_prompts()
    {
        string labels = WriteLabels("labels", "sums");
        (int exitCode, string output, string errors) = CascadeProgram.Run("cluster", "--labels", labels, "--k", "2", "--examples", "1", "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement[] clusters = [.. document.RootElement.GetProperty("clusters").EnumerateArray()];
        Assert.Equal([10, 10], clusters.Select(cluster => cluster.GetProperty("size").GetInt32()));
        string[] examples = [.. clusters.Select(cluster => Assert.Single(cluster.GetProperty("examples").EnumerateArray()).GetString()!)];
        Assert.Single(examples, example => example.Contains("capital", StringComparison.Ordinal));
        Assert.Equal(8, document.RootElement.GetProperty("silhouette").EnumerateObject().Count());
    }

    [Fact]
    public void Prompts_are_grouped_whoever_answered_them()
    {
        string labels = WriteLabels("labels", "sums", "capitals");
        string capitals = Path.Combine(labels, "capitals.jsonl");
        File.WriteAllText(capitals, string.Join('\n', File.ReadLines(capitals).Take(5)).Replace("\"correct\":0", "\"correct\":false", StringComparison.Ordinal));
        (int exitCode, string output, string errors) = CascadeProgram.Run("cluster", "--labels", labels, "--k", "2", "--json");

        Assert.Equal((0, "correct is true or false in 5 of 25 rows, and was read as 1 or 0"), (exitCode, errors.Trim()));
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(20, document.RootElement.GetProperty("texts").GetInt32());
    }

    [Fact]
    public void A_policy_says_where_it_puts_questions_and_which_it_knows_nothing_of()
    {
        string policy = Path.Combine(_folder.Path, "policy");
        (int exitCode, _, string errors) = CascadeProgram.Run(
            "fit", "--labels", WriteLabels("labels", "sums", "capitals"), "--k", "2", "--novel-alpha", "0.05", "--out", policy, "--json");
        Assert.True(exitCode == 0, errors);
        string file = _folder.Write("asked.jsonl", """
            {"prompt":"What is 21 + 34?"}
            {"prompt":"What is the capital of Chile?"}
            {"prompt":"Write a sonnet about the sea in winter."}
            """);

        (exitCode, string output, errors) = CascadeProgram.Run("cluster", "--data", file, "--policy", policy, "--json");

        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement root = document.RootElement;
        Assert.Equal((3, 0.05, 1), (root.GetProperty("texts").GetInt32(), root.GetProperty("alpha").GetDouble(), root.GetProperty("novel").GetInt32()));
        Assert.StartsWith("Write a sonnet", Assert.Single(root.GetProperty("novel_examples").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal(3, root.GetProperty("clusters").EnumerateArray().Sum(cluster => cluster.GetProperty("size").GetInt32()));

        (exitCode, output, _) = CascadeProgram.Run("cluster", "--data", file, "--policy", policy);
        Assert.Equal(0, exitCode);
        Assert.Contains("Novel: 1 texts", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fit")]
    [InlineData("fit", "--labels", "x", "--stats", "x")]
    [InlineData("fit", "--labels", "x", "--k", "0")]
    [InlineData("fit", "--labels", "x", "--cost", "small=soon")]
    [InlineData("fit", "--labels", "x", "--novel-alpha", "0.6")]
    [InlineData("fit", "--stats", "x", "--novel-alpha", "0.01")]
    [InlineData("fit", "--labels", "x", "--add", "A")]
    [InlineData("fit", "--stats", "x", "--out", "y")]
    [InlineData("cluster")]
    [InlineData("cluster", "--data", "x", "--labels", "y")]
    [InlineData("cluster", "--data", "x", "--policy", "y", "--k", "2")]
    public void Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        (int exitCode, string output, string errors) = CascadeProgram.Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(errors);
    }

    [Theory]
    [InlineData("plot", "fit --stats nowhere.json --plot {0}/none/x.svg")]
    [InlineData("plot", "fit --labels nowhere.jsonl --plot {0}/none/x.svg")]
    [InlineData("policy", "fit --labels nowhere.jsonl --out {0}/file/policy")]
    [InlineData("plot", "report --labels nowhere.jsonl --policy nowhere --plot {0}/none/x.svg")]
    [InlineData("plot", "report --labels nowhere.jsonl --curve --plot {0}/none/x.svg")]
    [InlineData("plot", "bench --url http://127.0.0.1:1 --plot {0}/none/x.svg")]
    public void What_cannot_be_written_in_the_end_is_said_before_the_work(string what, string command)
    {
        _folder.Write("file", "");

        (int exitCode, string output, string errors) = CascadeProgram.Run(
            [.. command.Split(' ').Select(argument => argument.Replace("{0}", _folder.Path, StringComparison.Ordinal))]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains($": the {what} cannot be written: ", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plot_that_fails_in_the_end_leaves_the_policy_and_the_report()
    {
        string plot = _folder.File("full.svg"), policy = _folder.File("new/policy");
        File.CreateSymbolicLink(plot, "/dev/full");

        (int exitCode, string output, string errors) = CascadeProgram.Run(
            "fit", "--labels", WriteLabels("labels", "sums", "capitals"), "--k", "2", "--out", policy, "--plot", plot, "--json");

        Assert.Equal(1, exitCode);
        Assert.Contains($"{plot}: the plot cannot be written: ", errors, StringComparison.Ordinal);
        Assert.Equal(2, PolicyFolder.Read(policy).Members.Count);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(2, document.RootElement.GetProperty("k").GetInt32());
    }

    [Fact]
    public void Dirty_labels_are_exit_code_1_with_file_line_and_field()
    {
        string file = _folder.Write("labels.jsonl", """{"id":"q","prompt":"Why?","model":"A","correct":NaN}""");
        (int exitCode, string output, string errors) = CascadeProgram.Run("fit", "--labels", file, "--json");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal($"{file}:1: correct: is NaN, but must be a finite number", errors.Trim());
    }

    [Fact]
    public void The_real_tier_is_routed_better_than_its_strong_model_alone_at_less_than_four_fifths_of_its_time()
    {
        string data = Path.Combine(RepositoryPaths.Shared ?? "", "data", "real-tier");
        Assert.SkipUnless(Directory.Exists(data), "../shared/data/real-tier is not there");
        (int exitCode, string output, _) = CascadeProgram.Run(
            "fit", "--labels", Path.Combine(data, "labels.jsonl.gz"), "--queries", Path.Combine(data, "questions.jsonl.gz"), "--budget", "175ms", "--json");

        Assert.Equal(0, exitCode);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement expected = document.RootElement.GetProperty("expected");
        JsonElement strong = document.RootElement.GetProperty("compared")[1];
        Assert.StartsWith("Qwen", strong.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.True(expected.GetProperty("accuracy").GetDouble() > strong.GetProperty("accuracy").GetDouble());
        Assert.True(expected.GetProperty("tpot_ms").GetDouble() < 0.8 * strong.GetProperty("tpot_ms").GetDouble());
    }

    // 20 questions of two kinds; a member is right on the kind that it is called after, "both" on both.
    private string WriteLabels(string name, params string[] members)
    {
        string folder = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(folder);
        string[] capitals = ["France", "Spain", "Italy", "Japan", "Peru", "Kenya", "Norway", "Cuba", "India", "Egypt"];
        foreach (string member in members)
        {
            IEnumerable<string> rows = Enumerable.Range(0, 20).Select(i =>
            {
                bool sum = i < 10;
                string prompt = sum ? $"What is {17 + i} + {58 - 3 * i}?" : $"What is the capital of {capitals[i - 10]}?";
                int correct = member == "both" || (member == "sums") == sum ? 1 : 0;
                return $$"""{"id":"{{i}}","prompt":"{{prompt}}","model":"{{member}}","correct":{{correct}},"tpot_ms":{{(member == "both" ? 1 : 5)}},"e2el_ms":90}""";
            });
            _folder.Write(Path.Combine(name, $"{member}.jsonl"), string.Join('\n', rows));
        }

        string fingerprints = string.Join(',', members.Select(member => member == "sums" ? """{"name":"sums","fingerprint":"aa"}""" : $$"""{"name":"{{member}}"}"""));
        _folder.Write(Path.Combine(name, "members.json"), $$"""{"members":[{{fingerprints}}]}""");
        return folder;
    }
}
