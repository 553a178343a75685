using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Arithmetic;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.Tensors;
using CascadeLocal.Routing.Tests.Judging;
using CascadeLocal.Tests.Common;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests.Policies;

/// <summary>Stage 2 in a policy's files.</summary>
public sealed class PolicyEscalationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-policy-tests-");

    private string Document => Path.Combine(_folder.FullName, PolicyFolder.DocumentName);

    private string Tensors => Path.Combine(_folder.FullName, PolicyFolder.TensorsName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Stage_2_is_read_back_as_it_was_written() => Policies.Any
        .SelectMany(policy => Escalations.For(policy).Select(escalation => policy with { Escalation = escalation }))
        .Sample(
            policy =>
            {
                PolicyFolder.Write(_folder.FullName, policy);
                AssertEqual(policy.Escalation!, PolicyFolder.Read(_folder.FullName).Escalation!);
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void A_policy_without_it_has_no_such_key()
    {
        PolicyFolder.Write(_folder.FullName, Policies.Small);
        Assert.DoesNotContain("escalation", File.ReadAllText(Document), StringComparison.Ordinal);
        Assert.Null(PolicyFolder.Read(_folder.FullName).Escalation);
    }

    [Fact]
    public void Infinities_are_written_as_null()
    {
        PolicyFolder.Write(_folder.FullName, Escalations.Small);
        string text = File.ReadAllText(Document).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal);
        Assert.Contains("\"accept\":[null],\"reject\":[0.5]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_names_no_text_reader_gets_the_arithmetic_one()
    {
        PolicyFolder.Write(_folder.FullName, Escalations.Small);
        string text = File.ReadAllText(Document);
        string older = text.Replace("\"text_reader\": \"arithmetic\",", "", StringComparison.Ordinal);
        Assert.NotEqual(text, older);
        File.WriteAllText(Document, older);

        EscalationPolicy read = PolicyFolder.Read(_folder.FullName).Escalation!;

        Assert.Same(ArithmeticFeatures.Instance, read.Judges[0]!.Layout.Text);
        AssertEqual(Escalations.Small.Escalation!, read);
    }

    [Fact]
    public void The_shipped_policy_reads_answers_as_it_was_fitted_to()
    {
        EscalationPolicy shipped = PolicyFolder.Read(Path.Combine(RepositoryPaths.DefaultTier, "policy")).Escalation!;

        MemberJudge[] judges = [.. shipped.Judges.OfType<MemberJudge>()];
        Assert.NotEmpty(judges);
        Assert.All(judges, judge => Assert.Same(ArithmeticFeatures.Instance, judge.Layout.Text));
    }

    [Fact]
    public void A_set_of_another_name_is_found_by_it()
    {
        TextFeatureSets sets = new(ArithmeticFeatures.Instance, new NamedFeatures("length"));
        EscalationPolicy named = Escalations.Small.Escalation! with
        {
            Judges = [Escalations.Judge(new Random(1), new FeatureLayout(SignalSet.Full, 2, 1, sets.Find("named"))), null],
        };
        PolicyFolder.Write(_folder.FullName, Escalations.Small with { Escalation = named }, sets);

        FeatureLayout layout = PolicyFolder.Read(_folder.FullName, sets).Escalation!.Judges[0]!.Layout;

        Assert.Same(sets.Find("named"), layout.Text);
        AnswerReader answer = new(layout, "How long?", 0, new float[1]);
        answer.Add(-1, 1, 1, "twelve signs");
        Assert.Equal(12, answer.Features(AnswerEnd.Stop, "twelve signs")[^1]);
        Assert.Equal(
            $"{Document}: escalation.text_reader: is 'named', but must be arithmetic",
            Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName)).Message);
    }

    [Fact]
    public void What_does_not_fit_together_is_not_written()
    {
        EscalationPolicy small = Escalations.Small.Escalation!;
        EscalationPolicy[] broken =
        [
            small with { Actions = [small.Actions[0]] },
            small with { Actions = [new([1, 0], [0.25]), small.Actions[1]] },
            small with { Actions = [new([0, 2], [0.25]), small.Actions[1]] },
            small with { Actions = [new([0, 1], [double.NaN]), small.Actions[1]] },
            small with { Actions = [new([0, 1], [double.NegativeInfinity]), small.Actions[1]] },
            small with { Actions = [new([0, 1], []), small.Actions[1]] },
            small with { Judges = [null, null] },
            small with { Judges = [small.Judges[0]] },
            small with { Judges = [Escalations.Judge(new Random(1), new FeatureLayout(SignalSet.Full, 3, 0)), null] },
            small with { Judges = [Escalations.Judge(new Random(1), new FeatureLayout(SignalSet.Full, 0, 2)), null] },
            small with { Judges = [Escalations.Judge(new Random(1), new FeatureLayout(SignalSet.Full, 0, 0, new NamedFeatures("words"))), null] },
            small with { Agreements = new Dictionary<(int, int), Agreement> { [(0, 1)] = new(new AgreementHead(new double[AgreementHead.Inputs]), null) } },
            small with { Projection = null },
            small with { EarlyRules = [] },
            small with { EarlyRules = [small.EarlyRules[0], small.EarlyRules[0]] },
            small with { AcceptedShares = [1.5, null] },
            small with { Target = 0 },
            small with { Target = 2 },
            small with { Guarantee = small.Guarantee! with { Keep = 1.5 } },
        ];
        Assert.All(broken, escalation => Assert.Throws<PolicyException>(
            () => PolicyFolder.Write(_folder.FullName, Escalations.Small with { Escalation = escalation })));
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("\"target\": \"B\"", "\"target\": \"C\"", "escalation.target: names 'C', which is not among the models")]
    [InlineData("\"target\": \"B\"", "\"target\": \"A\"", "escalation.actions.0.path: ends with 'B', but the target is 'A'")]
    [InlineData("\"assignment\": {\"0\": \"A\"", "\"assignment\": {\"0\": \"B\"", "escalation.actions.0.path: begins with 'A', but the assignment is 'B'")]
    [InlineData("\"path\": [\"A\", \"B\"]", "\"path\": [\"A\", \"A\"]", "escalation.actions.0.path: must name one model at least, and none twice")]
    [InlineData("\"thresholds\": [0.25]", "\"thresholds\": []", "escalation.actions.0.thresholds: are 0, but every model of the path but the last needs one")]
    [InlineData("\"thresholds\": [0.25]", "\"thresholds\": [1e999]", "escalation.actions.0.thresholds.0: is Infinity, but must be from -1000000 to 1000000")]
    [InlineData("\"1\": {\"path\"", "\"7\": {\"path\"", "escalation.actions.7: cluster_sizes has no cluster '7'")]
    [InlineData("\"early_rules\": {\"A\"", "\"early_rules\": {\"C\"", "escalation.early_rules.C: names 'C', which is not among the models")]
    [InlineData("\"early_rules\": {\"A\": {\"checkpoints\": [8]", "\"early_rules\": {\"A\": {\"checkpoints\": [9]", "escalation.early_rules.A.checkpoints: has one at which nothing judges")]
    [InlineData("\"reject\": [0.5]", "\"reject\": [0.5, 1]", "escalation.early_rules.A: there is one pair of thresholds per checkpoint")]
    [InlineData("\"early_rules\": {\"A\"", "\"agreements\": {\"C\": {}}, \"early_rules\": {\"A\"", "escalation.agreements.C: names 'C', which is not among the models")]
    [InlineData("\"early_rules\": {\"A\"", "\"agreements\": {\"A\": {\"B\": {\"own\": []}}}, \"early_rules\": {\"A\"", "escalation.agreements.A.B: is of 'B', but judges has none of its answers")]
    [InlineData("\"early_rules\": {\"A\"", "\"agreements\": {\"A\": {\"A\": {\"own\": []}}}, \"early_rules\": {\"A\"", "escalation.agreements.A.A: is of a model and itself")]
    [InlineData("\"checkpoints\": [8, 16]", "\"checkpoints\": [8, 8]", "escalation.judges.A.checkpoints: must be growing numbers of tokens")]
    [InlineData("\"checkpoints\": [8, 16]", "\"checkpoints\": [8, 16, 32]", "escalation.judges.A: needs a head, or null, per checkpoint and at the end, where the own one is there")]
    [InlineData("\"accepted_shares\": {\"A\": 0.5", "\"accepted_shares\": {\"A\": -1", "escalation.accepted_shares.A: is -1, but must be from 0 to 1")]
    [InlineData("\"text_features\": [\"equations\"", "\"text_features\": [\"sums\"", "escalation.text_features: are not those that 'arithmetic' reads from an answer; the policy has to be fitted again")]
    [InlineData("\"text_reader\": \"arithmetic\"", "\"text_reader\": \"geometry\"", "escalation.text_reader: is 'geometry', but must be arithmetic")]
    [InlineData("\"kind\": \"confidence\"", "\"kind\": \"sure\"", "escalation.guarantee.kind: is 'sure', but must be confidence, mean or none")]
    [InlineData("\"signals\": true", "\"signals\": true, \"signal_set\": \"full\"", "escalation.judges.A.signal_set: is 'full', but must be confidence or log_probability")]
    [InlineData("\"signals\": true", "\"signals\": false, \"signal_set\": \"confidence\"", "escalation.judges.A.signal_set: is there, but signals is false")]
    [InlineData("\"keep\": 0.99", "\"keep\": 1.5", "escalation.guarantee.keep: must be above 0 and at most 1")]
    [InlineData("\"escalation_rate\": 0.125", "\"escalation_rate\": 2", "escalation.expected.escalation_rate: is 2, but must be from 0 to 1")]
    [InlineData("\"questions\": 400", "\"questions\": -1", "escalation.expected.questions: is -1, but must be from 0 to 2147483647")]
    public void What_is_wrong_is_named_with_its_field(string part, string instead, string message)
    {
        PolicyException error = ReadChanged(part, instead);
        Assert.Equal($"{Document}: {message}", error.Message);
    }

    [Theory]
    [InlineData("\"judges\": {", "\"judge\": {", "escalation.judge")]
    [InlineData("\"thresholds\": [0.25]", "\"thresholds\": [\"0.25\"]", "escalation.actions.0.thresholds[0]")]
    [InlineData("\"query\": true", "\"query\": null", "escalation.judges.A.query")]
    public void What_the_format_does_not_have_is_refused(string part, string instead, string field) =>
        Assert.Equal(field, ReadChanged(part, instead).Field);

    [Theory]
    [InlineData("actions.0")]
    [InlineData("judges.A")]
    [InlineData("early_rules.A")]
    [InlineData("agreements.A")]
    [InlineData("agreements.A.B")]
    public void Null_under_a_name_is_refused(string field)
    {
        PolicyFolder.Write(_folder.FullName, Escalations.Small);
        JsonNode document = JsonNode.Parse(File.ReadAllText(Document))!;
        string[] keys = field.Split('.');
        JsonObject parent = document["escalation"]!.AsObject();
        foreach (string key in keys[..^1])
            parent = (parent[key] ??= new JsonObject()).AsObject();
        parent[keys[^1]] = null;
        File.WriteAllText(Document, document.ToJsonString());

        PolicyException error = Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
        Assert.Equal($"{Document}: escalation.{field}: is null, but must be an object", error.Message);
    }

    [Theory]
    [InlineData("stage2.0.own.2.mean")]
    [InlineData("stage2.query.directions")]
    [InlineData("stage2.0.own.1.direct.bias")]
    public void Tensors_that_are_missing_of_another_shape_or_not_finite_are_named(string name)
    {
        PolicyException Changed(Func<NamedTensor, IEnumerable<NamedTensor>> change)
        {
            PolicyFolder.Write(_folder.FullName, Escalations.Small);
            RewriteTensors(tensors => tensors.SelectMany(t => t.Name == name ? change(t) : [t]));
            return Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
        }

        Assert.Contains("stage2.", Changed(_ => []).Message, StringComparison.Ordinal);
        Assert.Contains("stage2.", Changed(t => [t with { Shape = [t.Values.Length + 1], Values = [.. t.Values, 0] }]).Message, StringComparison.Ordinal);
        Assert.Contains("stage2.", Changed(t => [t with { Shape = [0], Values = [] }]).Message, StringComparison.Ordinal);
        Assert.Equal(name, Changed(t => [t with { Shape = [1, .. t.Shape] }]).Field);
        Assert.Equal("more", Changed(t => [t, t with { Name = "more" }]).Field);
        Assert.Equal($"{Tensors}: {name}: has a number that is not finite", Changed(t => [t with { Values = [float.NaN, .. t.Values[1..]] }]).Message);
    }

    [Fact]
    public void Whatever_bytes_the_files_hold_a_policy_is_read_or_refused()
    {
        PolicyFolder.Write(_folder.FullName, Escalations.Small);
        byte[] tensors = File.ReadAllBytes(Tensors);
        string hash = Hash(tensors);
        byte[] document = File.ReadAllBytes(Document);
        Gen.Select(Gen.Double[0, 1], Gen.Byte, Gen.Bool, Gen.Bool).Sample(
            (at, value, cut, first) =>
            {
                byte[] changed = [.. first ? document : tensors];
                int index = (int)(at * (changed.Length - 1));
                changed[index] = value;
                changed = cut ? changed[..index] : changed;
                File.WriteAllBytes(Tensors, first ? tensors : changed);
                // With the hash mended, what is read is the damage itself.
                File.WriteAllBytes(Document, first ? changed
                    : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(document).Replace(hash, Hash(changed), StringComparison.Ordinal)));
                try
                {
                    Policy policy = PolicyFolder.Read(_folder.FullName);
                    AssertJudges(policy.Escalation);
                }
                catch (PolicyException)
                {
                }
            },
            iter: 500,
            threads: 1);
    }

    // Whatever is read can be used.
    private static void AssertJudges(EscalationPolicy? escalation)
    {
        foreach (var judge in escalation?.Judges ?? [])
        {
            if (judge is not null)
                Assert.InRange(judge.OwnProbability(judge.End, new float[judge.Layout.Count]), 0, 1);
        }
    }

    private static void AssertEqual(EscalationPolicy expected, EscalationPolicy actual)
    {
        Assert.Equal(expected.Target, actual.Target);
        Assert.Equal(expected.Guarantee, actual.Guarantee);
        Assert.Equal(expected.Expected, actual.Expected);
        Assert.Equal(expected.AcceptedShares, actual.AcceptedShares);
        Assert.Equal(expected.Projection?.Dimensions, actual.Projection?.Dimensions);
        foreach ((CascadeAction one, CascadeAction other) in expected.Actions.Zip(actual.Actions, (a, b) => (a, b)))
        {
            Assert.Equal(one.Path, other.Path);
            Assert.Equal(one.Thresholds, other.Thresholds);
        }

        foreach ((var one, var other) in expected.EarlyRules.Zip(actual.EarlyRules))
        {
            Assert.Equal(one.Checkpoints, other.Checkpoints);
            Assert.Equal(one.Accept, other.Accept);
            Assert.Equal(one.Reject, other.Reject);
        }

        Assert.Equal(expected.Judges.Select(j => j?.Layout.Names), actual.Judges.Select(j => j?.Layout.Names));
        Assert.Equal(expected.Judges.Select(j => j?.Checkpoints), actual.Judges.Select(j => j?.Checkpoints));
        Assert.Equal(expected.Agreements.Keys.Order(), actual.Agreements.Keys.Order());
        foreach (((int Member, int Earlier) pair, Agreement agreement) in expected.Agreements)
        {
            Assert.Equal(agreement.Own.Weights, actual.Agreements[pair].Own.Weights);
            Assert.Equal(agreement.Target?.Weights, actual.Agreements[pair].Target?.Weights);
        }

        NamedTensor[] tensors = [.. EscalationPartWriter.Tensors(expected)];
        NamedTensor[] read = [.. EscalationPartWriter.Tensors(actual)];
        Assert.Equal(tensors.Select(t => (t.Name, string.Join('x', t.Shape))), read.Select(t => (t.Name, string.Join('x', t.Shape))));
        Assert.All(tensors.Zip(read), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    private PolicyException ReadChanged(string part, string instead)
    {
        PolicyFolder.Write(_folder.FullName, Escalations.Small);
        string text = Flat(File.ReadAllText(Document));
        int at = text.IndexOf(part, StringComparison.Ordinal);
        Assert.True(at >= 0, $"policy.json has no {part}: {text}");
        File.WriteAllText(Document, text[..at] + instead + text[(at + part.Length)..]);
        return Assert.Throws<PolicyException>(() => PolicyFolder.Read(_folder.FullName));
    }

    // On one line, as the parts to change are written here.
    private static string Flat(string json) => string.Join(' ', json.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        .Replace("{ ", "{", StringComparison.Ordinal).Replace("[ ", "[", StringComparison.Ordinal)
        .Replace(" }", "}", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal);

    private void RewriteTensors(Func<IEnumerable<NamedTensor>, IEnumerable<NamedTensor>> change)
    {
        string old = Hash(File.ReadAllBytes(Tensors));
        NamedTensor[] tensors;
        using (SafetensorsFile file = new(Tensors))
            tensors = [.. change([.. file.Names.Select(file.Read)])];
        using (FileStream stream = File.Create(Tensors))
            SafetensorsWriter.Write(stream, tensors);
        File.WriteAllText(
            Document, File.ReadAllText(Document).Replace(old, Hash(File.ReadAllBytes(Tensors)), StringComparison.Ordinal), new UTF8Encoding(false));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
