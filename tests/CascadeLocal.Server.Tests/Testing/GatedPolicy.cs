using CascadeLocal.Cascade.Policies;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Configuration;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>
/// Policies of a cheap model that is judged and a dear one that is escalated to. Easy questions go to the first, hard ones at once to
/// the last; τ is 0.5, and the target is taken for always right, so that an answer is rejected if its probability is below .5.
/// </summary>
internal static class GatedPolicy
{
    public const double Threshold = 0.5;

    public static EscalationPolicy Stage(MemberJudge judge, EarlyRule? rule = null, double? acceptedShare = null) => new()
    {
        Actions = [new([0, 1], [Threshold]), CascadeAction.Direct(1)],
        EarlyRules = [rule ?? EarlyRule.None, EarlyRule.None],
        Judges = [judge, null],
        Target = 1,
        Guarantee = new(GuaranteeKind.Confidence, 0.99),
        AcceptedShares = [acceptedShare, null],
    };

    /// <summary>Of nano and small.</summary>
    public static Policy Of(MemberJudge judge, EarlyRule? rule = null, double? acceptedShare = null) =>
        TestPolicy.Make() with { Escalation = Stage(judge, rule, acceptedShare) };

    /// <summary>Of nano, small and base, where easy answers of nano and small are judged.</summary>
    public static Policy OfThree(MemberJudge nano, MemberJudge small) => new()
    {
        Embedder = new("letters", LetterEmbedder.Print, 2),
        Members = [new("nano", null), new("small", null), new("base", null)],
        Centroids = new(new PointSet([1, 0, 0, 1], 2)),
        Statistics = new(
            [new ClusterStatistics("easy", 50), new ClusterStatistics("hard", 50)],
            [Model("nano", 1, 0.3, 0.9), Model("small", 5, 0.2, 0.4), Model("base", 20, 0.1, 0.2)]),
        Options = new StageOneOptions(),
        Assignment = [0, 2],
        DefaultMember = 2,
        Escalation = new()
        {
            Actions = [new([0, 1, 2], [Threshold, Threshold]), CascadeAction.Direct(2)],
            EarlyRules = [EarlyRule.None, EarlyRule.None, EarlyRule.None],
            Judges = [nano, small, null],
            Target = 2,
            Guarantee = new(GuaranteeKind.Mean, 0.95),
            AcceptedShares = [null, null, null],
        },
    };

    /// <summary>A running server with the policy in force.</summary>
    public static async Task<TestServer> StartAsync(
        Policy policy, Func<ServerOptions, ServerOptions>? configure = null, Func<string, Task<IMember>>? load = null, ILoggerFactory? log = null)
    {
        TestServer server = await TestServer.StartAsync(options =>
        {
            options = options with { LoadEmbedder = () => new LetterEmbedder() };
            return configure?.Invoke(options) ?? options;
        }, load, log: log);
        await server.Server.Policies.UseAsync(new LoadedPolicy(policy, "memory", "handmade"), CancellationToken.None);
        return server;
    }

    private static ModelStatistics Model(string name, double cost, params double[] errors) =>
        new() { Name = name, Errors = errors, Tpot = new(cost, []) };
}
