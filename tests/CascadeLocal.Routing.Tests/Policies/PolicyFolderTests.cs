using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Contracts;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tensors;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests.Policies;

public sealed class PolicyFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-policy-tests-");

    private string Document => Path.Combine(_folder.FullName, PolicyFolder.DocumentName);

    private string Tensors => Path.Combine(_folder.FullName, PolicyFolder.TensorsName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit() => Policies.Any.Sample(
        policy =>
        {
            PolicyFolder.Write(_folder.FullName, policy);
            AssertEqual(policy, PolicyFolder.Read(_folder.FullName));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Writing_makes_the_folder_and_leaves_nothing_but_the_two_files()
    {
        string folder = Path.Combine(_folder.FullName, "new", "policy");
        PolicyFolder.Write(folder, Policies.Small);
        PolicyFolder.Write(folder, Policies.Small);
        Assert.Equal([PolicyFolder.DocumentName, PolicyFolder.TensorsName], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_policy_that_does_not_fit_together_is_not_written_and_the_old_one_stays()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        byte[] before = File.ReadAllBytes(Document);
        Policy[] broken =
        [
            Policies.Small with { Assignment = [0] },
            Policies.Small with { Assignment = [0, 2] },
            Policies.Small with { DefaultMember = -1 },
            Policies.Small with { Members = [new("A", null)] },
            Policies.Small with { Centroids = new(new PointSet([1, 0], 2)) },
            Policies.Small with { Centroids = new(new PointSet([1, 0, 0, 1, 0, 0], 3)) },
            Policies.Small with { Options = new() { Metric = CostMetric.E2el } },
            Policies.Small with { Options = new() { Budget = double.NaN } },
        ];
        foreach (Policy policy in broken)
            Assert.Throws<PolicyException>(() => PolicyFolder.Write(_folder.FullName, policy));
        Assert.Equal(before, File.ReadAllBytes(Document));
        Assert.Equal(2, _folder.GetFileSystemInfos().Length);
        AssertEqual(Policies.Small, PolicyFolder.Read(_folder.FullName));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "version: is 2; this program reads version 1")]
    [InlineData("\"version\": 1", "\"version\": \"1\"", "version: is \"1\"; this program reads version 1")]
    [InlineData("\"version\": 1,", "", "version: is missing")]
    [InlineData("\"dimensions\": 2", "\"dimensions\": 3", "stage1.centroids: is 2 × 2, but policy.json says 2 × 3")]
    [InlineData("\"dimensions\": 2", "\"dimensions\": 0", "embedder.dimensions: is 0, but must be from 1 to 65536")]
    [InlineData("\"fingerprint\": \"0123\"", "\"fingerprint\": \"\"", "embedder.fingerprint: is empty")]
    [InlineData("\"metric\": \"tpot\"", "\"metric\": \"ttft\"", "options.metric: is 'ttft', but must be tpot, e2el or cost")]
    [InlineData("\"cost_by\": \"model\"", "\"cost_by\": \"cluster\"", "models.B.cluster_tpot_ms.0: B was not measured in cluster 0; costs by cluster need every pair, costs by model do not")]
    [InlineData("\"budget_ms\": 20", "\"budget_ms\": 0", "options.budget_ms: must be above 0")]
    [InlineData("\"default_member\": \"B\"", "\"default_member\": \"C\"", "default_member: names 'C', which is not among the models")]
    [InlineData("\"0\": \"A\"", "\"0\": \"C\"", "assignment.0: names 'C', which is not among the models")]
    [InlineData("\"0\": \"A\"", "\"7\": \"A\"", "assignment.7: cluster_sizes has no cluster '7'")]
    [InlineData("\"0\": 0.1", "\"0\": 1.5", "models.A.errors.0: is 1.5, but must be from 0 to 1")]
    [InlineData("\"0\": 0.1,", "", "models.A.errors.0: is missing")]
    [InlineData("\"0\": 10", "\"0\": -1", "cluster_sizes.0: is -1, but must be from 0 to 1000000000000")]
    [InlineData("\"0\": 10", "\"0\": 1e999", "cluster_sizes.0: is ∞, but must be from 0 to 1000000000000")]
    [InlineData("\"models\": {", "\"models\": {\"C\": null, ", "models.C: is null, but must be an object")]
    [InlineData("\"error_tol\": 0.001", "\"error_tol\": 2", "error_tol: is 2, but must be from 0 to 1")]
    public void What_is_wrong_is_named_with_its_file_and_field(string part, string instead, string message)
    {
        PolicyException error = ReadChanged(part, instead);
        Assert.EndsWith(message.Replace("∞", "Infinity", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.StartsWith(error.File, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"0\": 0.1", "\"0\": NaN", "")]
    [InlineData("\"0\": 0.1", "\"0\": null", "models.A.errors.0")]
    [InlineData("\"0\": 0.1", "\"0\": \"0.1\"", "models.A.errors.0")]
    [InlineData("\"0\": 0.1", "\"0\": 0.1, \"0\": 0.2", "models.A.errors.0")]
    [InlineData("\"error_tol\"", "\"anything\"", "anything")]
    [InlineData("\"default_member\": \"B\"", "\"default_member\": null", "default_member")]
    public void What_the_format_does_not_have_is_refused(string part, string instead, string field) =>
        Assert.Equal(field, ReadChanged(part, instead).Field);

    [Fact]
    public void A_policy_without_a_boundary_has_no_such_key_and_calls_nothing_novel()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        Assert.DoesNotContain("novel", File.ReadAllText(Document), StringComparison.Ordinal);
        Assert.Null(PolicyFolder.Read(_folder.FullName).Novelty);
    }

    [Theory]
    [InlineData(null, true, false, false)]
    [InlineData(new[] { 500, 0, 0 }, true, false, false)]
    [InlineData(new[] { 500, 100, 99 }, true, true, false)]
    [InlineData(new[] { 99, 0, 500 }, false, false, true)]
    [InlineData(new[] { 20, 0, 0 }, true, false, false)]
    [InlineData(new[] { 0, 20, 0 }, false, true, false)]
    [InlineData(new[] { 0, 0, 0 }, false, false, false)]
    public void A_kind_is_known_from_a_hundred_questions_on_or_where_there_is_no_other(int[]? kinds, params bool[] known)
    {
        Policy policy = Policies.Small with { Kinds = kinds?.Index().ToDictionary(k => (RequestKind)k.Index, k => k.Item) };

        Assert.Equal(known, Enum.GetValues<RequestKind>().Select(policy.Knows));
    }

    [Theory]
    [InlineData("\"tools\": 7", "\"calls\": 7", "policy.json: kinds: is 'calls', but must be plain, tools or schema")]
    [InlineData("\"tools\": 7", "\"tools\": -7", "policy.json: kinds.tools: is -7, but must be from 0 to 2147483647")]
    public void Kinds_that_are_none_are_refused(string part, string instead, string message) => Assert.EndsWith(
        message,
        ReadChanged(part, instead, Policies.Small with { Kinds = new Dictionary<RequestKind, int> { [RequestKind.Tools] = 7 } }).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("\"alpha\": 0.25", "\"alpha\": 0.75", "policy.json: novelty.alpha: is 0.75, but must be from 0 to 0.5")]
    [InlineData("\"alpha\": 0.25", "\"alpha\": -0.25", "policy.json: novelty.alpha: is -0.25, but must be from 0 to 0.5")]
    [InlineData("\"novelty\"", "\"novel\"", "policy.json: novel: The JSON property 'novel' could not be mapped to any .NET member contained in type 'CascadeLocal.Routing.Policies.PolicyDocument'.")]
    public void A_boundary_that_is_none_is_refused(string part, string instead, string message) =>
        Assert.EndsWith(message, ReadChanged(part, instead, Policies.Bounded).Message, StringComparison.Ordinal);

    [Fact]
    public void Distances_of_held_out_questions_are_there_where_alpha_is_and_are_distances()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Bounded);
        Assert.EndsWith("stage1.novelty: is missing", Refused().Message, StringComparison.Ordinal);
        Assert.EndsWith("stage1.novelty: has a distance below 0", Refused(new NamedTensor("stage1.novelty", [2], [1, -1])).Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "stage1.novelty: is 1 × 2, but must be a row of 1 to 4096 distances",
            Refused(new NamedTensor("stage1.novelty", [1, 2], [1, 1])).Message,
            StringComparison.Ordinal);
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        Assert.EndsWith("stage1.novelty: is no tensor of this policy", Refused(new NamedTensor("stage1.novelty", [1], [1])).Message, StringComparison.Ordinal);

        PolicyException Refused(params NamedTensor[] more)
        {
            using MemoryStream stream = new();
            SafetensorsWriter.Write(stream, [new NamedTensor("stage1.centroids", [2, 2], [1, 0, 0, 1]), .. more]);
            RewriteTensors(stream.ToArray());
            return Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
        }
    }

    [Theory]
    [InlineData("\"price\": 0.0625", "\"price\": -1", "policy.json: forecast.routing.price: is -1, but must be from 0 to 1.7976931348623157E+308")]
    [InlineData("\"accuracy\": 0.75", "\"accuracy\": 1.5", "policy.json: forecast.routing.accuracy: is 1.5, but must be from 0 to 1")]
    [InlineData("\"clusters\": [\n      3\n    ]", "\"clusters\": []", "policy.json: forecast.clusters: has 0 clusterings, but must have from 1 to 64")]
    [InlineData("\"clusters\": [\n      3", "\"clusters\": [0", "policy.json: forecast.clusters: is 0, but must be from 1 to 4096")]
    [InlineData("\"clusters\": [\n      3", "\"clusters\": [2", "policy.safetensors: stage1.forecast.0.centroids: is 3 × 2, but must be 2 × 2")]
    [InlineData("\"clusters\": [\n      3", "\"clusters\": [3, 3", "policy.safetensors: stage1.forecast.1.centroids: is missing")]
    [InlineData("    \"linear\": true,\n", "", "policy.safetensors: stage1.forecast.linear: is no tensor of this policy")]
    public void A_forecast_that_is_none_is_refused(string part, string instead, string message) =>
        Assert.EndsWith(message, ReadChanged(part, instead, Policies.Forecasting).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1.5f, 3, "stage1.forecast.0.expected: has a share that is not from 0 to 1")]
    [InlineData(1, 2, "stage1.forecast.linear: is 2 × 2, but must be 2 × 3")]
    public void A_forecast_expects_shares_of_right_answers_and_has_a_line_for_every_member(float share, int columns, string message)
    {
        PolicyFolder.Write(_folder.FullName, Policies.Forecasting);
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream,
        [
            new("stage1.centroids", [2, 2], [1, 0, 0, 1]),
            new("stage1.forecast.0.centroids", [3, 2], [1, 0, 0, 1, 0, 0]),
            new("stage1.forecast.0.expected", [3, 2], [0, 0, 0, 0, 0, share]),
            new("stage1.forecast.linear", [2, columns], new float[2 * columns]),
        ]);
        RewriteTensors(stream.ToArray());
        PolicyException error = Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster_sizes", "holds no cluster")]
    [InlineData("models", "holds no model")]
    public void A_policy_of_nothing_is_refused_whatever_its_tensors_are(string field, string message)
    {
        PolicyFolder.Write(_folder.FullName, Policies.Forecasting);
        JsonNode document = JsonNode.Parse(File.ReadAllText(Document))!;
        document[field] = new JsonObject();
        File.WriteAllText(Document, document.ToJsonString());
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream,
        [
            field == "models" ? new("stage1.centroids", [2, 2], [1, 0, 0, 1]) : new("stage1.centroids", [0, 2], []),
            new("stage1.forecast.0.centroids", [3, 2], [1, 0, 0, 1, 0, 0]),
            new("stage1.forecast.0.expected", [3, 0], []),
            new("stage1.forecast.linear", [0, 3], []),
        ]);
        RewriteTensors(stream.ToArray());
        Assert.Equal($"{Document}: {field}: {message}", Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message);
    }

    [Fact]
    public void Tensors_over_one_another_are_refused()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        byte[] header = Encoding.UTF8.GetBytes(
            $"{{{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"t{i}\":{{\"dtype\":\"F32\",\"shape\":[1024],\"data_offsets\":[0,4096]}}"))}}}");
        RewriteTensors([.. BitConverter.GetBytes((ulong)header.Length), .. header, .. new byte[4096]]);
        Assert.Equal(
            $"{Tensors}: is no valid safetensors file: tensor t1 overlaps another",
            Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message);
    }

    [Fact]
    public void Files_of_two_policies_are_never_mixed()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        byte[] document = File.ReadAllBytes(Document);
        PolicyFolder.Write(_folder.FullName, Policies.Small with { Centroids = new(new PointSet([0.5f, 0, 0, 1], 2)) });
        File.WriteAllBytes(Document, document);
        Assert.Contains("tensors_sha256", Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Equal($"{Document}: there is no such file", Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message);
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        File.Delete(Tensors);
        Assert.Equal($"{Tensors}: there is no such file", Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message);
    }

    [Fact]
    public void Centroids_that_are_not_finite_are_refused()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        using (MemoryStream stream = new())
        {
            SafetensorsWriter.Write(stream, [new NamedTensor("stage1.centroids", [2, 2], [1, 0, float.NaN, 1])]);
            RewriteTensors(stream.ToArray());
        }

        PolicyException error = Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
        Assert.Equal((Tensors, "stage1.centroids"), (error.File, error.Field));
    }

    [Fact]
    public void Whatever_bytes_the_files_hold_a_policy_is_read_or_refused()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        foreach (string file in (string[])[Document, Tensors])
        {
            byte[] intact = File.ReadAllBytes(file);
            Gen.Select(Gen.Int[0, intact.Length - 1], Gen.Byte, Gen.Bool).Sample(
                (at, value, cut) =>
                {
                    byte[] bytes = [.. intact];
                    bytes[at] = value;
                    File.WriteAllBytes(file, cut ? bytes[..at] : bytes);
                    try
                    {
                        Assert.Equal(2, PolicyFolder.Read(_folder.FullName).Members.Count);
                    }
                    catch (PolicyException)
                    {
                    }
                },
                iter: 300,
                threads: 1);
            File.WriteAllBytes(file, intact);
        }
    }

    private PolicyException ReadChanged(string part, string instead, Policy? policy = null)
    {
        PolicyFolder.Write(_folder.FullName, policy ?? Policies.Small);
        string text = File.ReadAllText(Document);
        int at = text.IndexOf(part, StringComparison.Ordinal);
        Assert.True(at >= 0, $"policy.json has no {part}");
        File.WriteAllText(Document, text[..at] + instead + text[(at + part.Length)..]);
        return Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
    }

    private void RewriteTensors(byte[] bytes)
    {
        string old = Hash(File.ReadAllBytes(Tensors));
        File.WriteAllBytes(Tensors, bytes);
        File.WriteAllText(Document, File.ReadAllText(Document).Replace(old, Hash(bytes), StringComparison.Ordinal), new UTF8Encoding(false));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private static float[] Numbers(ForecastClustering clustering) => [.. clustering.Centroids.Values, .. clustering.Expected];

    private static void AssertEqual(Policy expected, Policy actual)
    {
        Assert.Equal(expected.Embedder, actual.Embedder);
        Assert.Equal(expected.Members, actual.Members);
        Assert.Equal(expected.Options, actual.Options);
        Assert.Equal(expected.Assignment, actual.Assignment);
        Assert.Equal((expected.DefaultMember, expected.GradedBy), (actual.DefaultMember, actual.GradedBy));
        Assert.Equal(expected.Statistics.Clusters, actual.Statistics.Clusters);
        Assert.Equal(expected.Statistics.ErrorTolerance, actual.Statistics.ErrorTolerance);
        Assert.Equal(expected.Kinds, actual.Kinds);
        Assert.Equal(expected.Novelty?.Alpha, actual.Novelty?.Alpha);
        Assert.Equal(expected.Novelty?.Distances.ToArray(), actual.Novelty?.Distances.ToArray());
        Assert.Equal(expected.Forecast?.Routing, actual.Forecast?.Routing);
        Assert.Equal(expected.Forecast?.Query.Clusterings.Select(Numbers), actual.Forecast?.Query.Clusterings.Select(Numbers));
        Assert.Equal(expected.Forecast?.Query.Linear?.Weights.ToArray(), actual.Forecast?.Query.Linear?.Weights.ToArray());
        for (int c = 0; c < expected.Centroids.Count; c++)
            Assert.Equal(expected.Centroids[c].ToArray(), actual.Centroids[c].ToArray());
        foreach ((ModelStatistics one, ModelStatistics other) in expected.Statistics.Models.Zip(actual.Statistics.Models))
        {
            Assert.Equal(one.Errors, other.Errors);
            int[] clusters = [.. Enumerable.Range(0, expected.Statistics.Clusters.Count)];
            Assert.Equal((one.Tpot.Pool, one.E2el.Pool), (other.Tpot.Pool, other.E2el.Pool));
            Assert.Equal(clusters.Select(one.Tpot.InCluster), clusters.Select(other.Tpot.InCluster));
            Assert.Equal(clusters.Select(one.E2el.InCluster), clusters.Select(other.E2el.InCluster));
            Assert.Equal(one.OutputTokens, other.OutputTokens);
        }
    }
}
