using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Arithmetic;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.Tensors;

using CsCheck;

namespace CascadeLocal.Routing.Tests.Policies;

/// <summary>Stage 2 for policies of tests.</summary>
internal static class Escalations
{
    private static readonly int[] Checkpoints = [8, 16];

    /// <summary>Stage 2 of every shape that a policy's Stage 1 allows.</summary>
    public static Gen<EscalationPolicy> For(Policy policy) => Gen.Int[0, int.MaxValue - 1].Select(seed => Random(policy, new Random(seed)));

    /// <summary>A answers, is judged after 8 tokens and at the end, and B is escalated to.</summary>
    public static Policy Small { get; } = Policies.Small with
    {
        Escalation = new()
        {
            Actions = [new([0, 1], [0.25]), CascadeAction.Direct(1)],
            EarlyRules = [new([8], [double.NegativeInfinity], [0.5]), EarlyRule.None],
            Judges = [Judge(new Random(1), new(SignalSet.Full, 2, 1, ArithmeticFeatures.Instance)), null],
            Projection = Projection(new Random(2), 2, 1),
            Target = 1,
            Guarantee = new(GuaranteeKind.Confidence, 0.99),
            AcceptedShares = [0.5, null],
            Expected = new(400, 0.9, 0.905, 12.5, 480, 0.125, 0.75),
        },
    };

    private static EscalationPolicy Random(Policy policy, Random random)
    {
        int members = policy.Members.Count;
        int clusters = policy.Statistics.Clusters.Count;
        int target = random.Next(members);
        QueryProjection? projection = random.Next(2) == 0 ? null : Projection(random, policy.Embedder.Dimensions, random.Next(1, policy.Embedder.Dimensions + 1));
        MemberJudge?[] judges = [.. Enumerable.Range(0, members).Select(_ => random.Next(4) == 0 ? null : Judge(random, new(
            (SignalSet)random.Next(4), random.Next(2) * clusters, projection is null ? 0 : random.Next(2) * projection.Dimensions, random.Next(2) == 0 ? null : ArithmeticFeatures.Instance)))];
        return new()
        {
            Actions = [.. policy.Assignment.Select(start => judges[start] is null || start == target || random.Next(3) == 0
                ? CascadeAction.Direct(start)
                : Path(random, start, target, judges))],
            Agreements = Pairs(judges).Where(_ => random.Next(2) == 0).ToDictionary(
                pair => pair, _ => new Agreement(Weights(random), random.Next(2) == 0 ? null : Weights(random))),
            EarlyRules = [.. judges.Select(j => j is null || random.Next(3) == 0 ? EarlyRule.None : Rule(random))],
            Judges = judges,
            Projection = projection,
            Target = target,
            Guarantee = random.Next(3) == 0 ? null : new((GuaranteeKind)random.Next(3), 0.9 + random.NextDouble() / 20, random.NextDouble() / 2 + 0.01),
            AcceptedShares = [.. judges.Select(_ => random.Next(2) == 0 ? (double?)null : random.NextDouble())],
            Expected = random.Next(3) == 0 ? null : new(random.Next(1000), random.NextDouble(), 1, Maybe(random), Maybe(random), random.NextDouble(), Maybe(random)),
        };
    }

    private static IEnumerable<(int Member, int Earlier)> Pairs(MemberJudge?[] judges) =>
        from member in Enumerable.Range(0, judges.Length)
        from earlier in Enumerable.Range(0, judges.Length)
        where member != earlier && judges[member] is not null && judges[earlier] is not null
        select (member, earlier);

    private static AgreementHead Weights(Random random) => new([.. Enumerable.Range(0, AgreementHead.Inputs).Select(_ => random.NextDouble() * 10 - 5)]);

    private static CascadeAction Path(Random random, int start, int target, MemberJudge?[] judges)
    {
        int[] between = [.. Enumerable.Range(0, judges.Length).Where(m => m != start && m != target && judges[m] is not null && random.Next(2) == 0)];
        int[] path = [start, .. between, target];
        return new(path, [.. path[1..].Select(_ => random.Next(5) == 0 ? double.PositiveInfinity : random.NextDouble() * 2 - 1)]);
    }

    private static EarlyRule Rule(Random random)
    {
        int[] checkpoints = random.Next(2) == 0 ? Checkpoints : Checkpoints[..1];
        return new(
            checkpoints,
            [.. checkpoints.Select(_ => random.Next(2) == 0 ? double.NegativeInfinity : -random.NextDouble())],
            [.. checkpoints.Select(_ => random.Next(2) == 0 ? double.PositiveInfinity : random.NextDouble())]);
    }

    public static MemberJudge Judge(Random random, FeatureLayout layout) => new(
        layout,
        Checkpoints,
        [random.Next(2) == 0 ? null : Head(random, layout.Count), Head(random, layout.Count), Head(random, layout.Count)],
        [random.Next(2) == 0 ? null : Head(random, layout.Count), null, random.Next(2) == 0 ? null : Head(random, layout.Count)]);

    private static Head Head(Random random, int features)
    {
        int hidden = random.Next(3);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
        float[] scores = [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => i + random.NextSingle())];
        float[] rates = [.. scores.Select((_, i) => (i + 0.1f + 0.8f * random.NextSingle()) / scores.Length)];
        return new(
            new(Values(features), Values(features)), Values(hidden * features), Values(hidden), Values(hidden), Values(features), 0.5f,
            random.Next(2) == 0 ? new PlattCalibration(random.NextDouble(), random.NextDouble() - 0.5) : new IsotonicCalibration(scores, rates));
    }

    private static QueryProjection Projection(Random random, int inputs, int dimensions)
    {
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
        return QueryProjection.Read(
            new Dictionary<string, NamedTensor>
            {
                ["mean"] = new("mean", [inputs], Values(inputs)),
                ["directions"] = new("directions", [dimensions, inputs], Values(inputs * dimensions)),
            },
            "");
    }

    private static double? Maybe(Random random) => random.Next(2) == 0 ? null : random.NextDouble();
}
