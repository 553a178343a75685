using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>A policy's paths in the pool as it is, and in the conversation as it is.</summary>
public sealed class PathTests
{
    private static readonly string[] FollowUp = ["easy", "42", "easy again"];

    private static Task<TestServer> StartThreeAsync(Policy policy) =>
        GatedPolicy.StartAsync(policy, options => options with { Members = [.. options.Members, TestServer.Member("base")] });

    private static Policy Three(double small = 0.2) => GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(small));

    [Fact]
    public async Task A_conversation_goes_on_where_it_is_on_the_path_and_is_judged_from_there()
    {
        await using TestServer server = await StartThreeAsync(GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.ByLength(3)));
        CascadeAnswer first = await CascadeAnswer.AskAsync(server, "easy");
        server.Nano.Requests.Clear();
        server.Small.Answer = _ => new ScriptedAnswer("?", "");

        CascadeAnswer second = await CascadeAnswer.PostAsync(server, CascadeAnswer.Request(FollowUp));

        Assert.Equal(("nano, small", "small, base", "none"), (first.Path, second.Path, second.Guarantee));
        Assert.Equal("conversation", second.Cascade.GetProperty("reason").GetString());
        Assert.Empty(server.Nano.Requests);
    }

    [Fact]
    public async Task A_conversation_on_a_member_beside_the_path_stays_there_unjudged()
    {
        Policy three = Three();
        await using TestServer server = await StartThreeAsync(three with
        {
            Escalation = three.Escalation! with { Actions = [new([0, 2], [GatedPolicy.Threshold]), CascadeAction.Direct(2)] },
        });
        await CascadeAnswer.AskAsync(server, "easy", "\"model\":\"small\"");

        CascadeAnswer answer = await CascadeAnswer.PostAsync(server, CascadeAnswer.Request(FollowUp));

        Assert.Equal(("small", "none", 0), (answer.Path, answer.Guarantee, answer.Cascade.GetProperty("verdicts").GetArrayLength()));
    }

    [Fact]
    public async Task Without_its_first_member_a_path_begins_with_the_second()
    {
        await using TestServer server = await StartThreeAsync(Three());

        await server.Pool.Remove("nano")!;
        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("small, base", "none"), (answer.Path, answer.Guarantee));
    }

    [Fact]
    public async Task Where_one_member_is_left_of_a_path_the_first_stage_decides()
    {
        await using TestServer server = await StartThreeAsync(Three(small: 0.9));

        await server.Pool.Remove("base")!;
        await server.Pool.Remove("nano")!;
        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("small", "none", 0), (answer.Path, answer.Guarantee, answer.Cascade.GetProperty("verdicts").GetArrayLength()));
    }

    [Theory]
    [InlineData("It is 42.", "it is 42", "nano, small", 0.9)]
    [InlineData("It is 42.", "It is 43.", "nano, small, base", 0.02)]
    public async Task A_second_member_that_says_the_same_is_believed(string nano, string small, string path, double own)
    {
        Policy three = Three();
        // Log-odds of .2, and 3.58 more where both say the same; 2.5 less where they do not.
        Agreement agreement = new(new AgreementHead([-2.5, 1, 0, 0, 6.08, 0, 0]), null);
        await using TestServer server = await StartThreeAsync(three with
        {
            Escalation = three.Escalation! with { Agreements = new Dictionary<(int, int), Agreement> { [(1, 0)] = agreement } },
        });
        server.Nano.Answer = _ => new ScriptedAnswer(nano);
        server.Small.Answer = _ => new ScriptedAnswer(small);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal((path, "mean"), (answer.Path, answer.Guarantee));
        Assert.Equal(own, answer.Cascade.GetProperty("accept_probability").GetDouble(), 0.005);
    }

    [Fact]
    public async Task A_third_member_is_told_what_the_judge_of_the_second_says_alone()
    {
        Policy three = Three();
        // The second is hardly believed after the first; of the third it is said what is said of the second.
        Agreement doubt = new(new AgreementHead([-3, 1, 0, 0, 0, 0, 0]), null);
        Agreement echo = new(new AgreementHead([0, 0, 0, 1, 0, 0, 0]), null);
        const double Tau = GatedPolicy.Threshold;
        Policy four = three with
        {
            Members = [.. three.Members, new("large", null)],
            Statistics = new(three.Statistics.Clusters, [.. three.Statistics.Models, new() { Name = "large", Errors = [0.1, 0.1], Tpot = new(40, []) }]),
            Assignment = [0, 3],
            DefaultMember = 3,
            Escalation = three.Escalation! with
            {
                Actions = [new([0, 1, 2, 3], [Tau, Tau, Tau]), CascadeAction.Direct(3)],
                EarlyRules = [EarlyRule.None, EarlyRule.None, EarlyRule.None, EarlyRule.None],
                Judges = [HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(0.2), null],
                Target = 3,
                AcceptedShares = [null, null, null, null],
                Agreements = new Dictionary<(int, int), Agreement> { [(1, 0)] = doubt, [(2, 1)] = echo },
            },
        };
        await using TestServer server = await GatedPolicy.StartAsync(
            four, options => options with { Members = [.. options.Members, TestServer.Member("base"), TestServer.Member("large")] });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal("nano, small, base, large", answer.Path);
        Assert.Equal(0.2, answer.Cascade.GetProperty("accept_probability").GetDouble(), 0.005);
    }

    [Fact]
    public async Task A_member_that_the_policy_does_not_know_voids_the_promise()
    {
        await using TestServer server = await StartThreeAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)));

        Assert.Equal("none", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
        await server.Pool.Remove("base")!;
        Assert.Equal("confidence", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
    }

    [Fact]
    public async Task A_member_that_could_not_be_loaded_takes_no_promise_away_and_neither_does_its_removal()
    {
        TaskCompletionSource<IMember> loading = new();
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)),
            load: name => name == "lost" ? loading.Task : Task.FromResult<IMember>(new ScriptedMember(name == "nano" ? 1_000 : 2_000)));
        async Task<string> Promise() => (await CascadeAnswer.AskAsync(server, "easy")).Guarantee;

        PoolMember lost = server.Pool.Add(TestServer.Member("lost"));
        string whileLoading = await Promise();
        loading.SetException(new ModelLoadException("lost", "file", "is not there"));
        await Wait.UntilAsync(() => lost.State == MemberState.Failed);
        string failed = await Promise();
        await server.Pool.Remove("lost")!;

        Assert.Equal(("confidence", "confidence", "confidence"), (whileLoading, failed, await Promise()));
    }

    [Fact]
    public async Task A_failed_member_of_the_policy_that_is_removed_is_missing_in_the_policy()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)),
            load: name => name == "nano"
                ? Task.FromException<IMember>(new ModelLoadException("lost", "file", "is not there"))
                : Task.FromResult<IMember>(new ScriptedMember(2_000)));

        await server.Pool.Remove("nano")!;

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");
        Assert.Equal(("small", "small", "pool"), (answer.Model, answer.Path, answer.Cascade.GetProperty("guarantee_reason").GetString()));
    }
}
