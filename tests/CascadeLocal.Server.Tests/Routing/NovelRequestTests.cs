using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.Shadows;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>All 99 held-out questions lay in the middle of a cluster; "strange" is far from both, and nearest to that of easy ones.</summary>
public sealed class NovelRequestTests
{
    private static readonly NoveltyBoundary Boundary = new(0.01, new float[99]);

    private static readonly Policy Judged = GatedPolicy.Of(HandMadeJudge.Constant(0.9)) with { Novelty = Boundary };

    private static Task<TestServer> StartAsync(Policy policy, UnlabelledRouting novel = UnlabelledRouting.Strongest) =>
        GatedPolicy.StartAsync(policy, options => options with { Cascade = new() { Novel = novel } });

    [Fact]
    public async Task A_novel_question_goes_to_the_strongest_member_and_nothing_is_promised()
    {
        await using TestServer server = await StartAsync(Judged);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("small", "small", "easy", "nano"), (answer.Model, answer.Path, answer.Headers["x-cascade-cluster"], answer.Headers["x-cascade-stage1-model"]));
        Assert.Equal(("novel", true, 0.01), (Reason(answer), IsNovel(answer.Cascade), P(answer.Cascade)));
        Assert.Equal(("none", "novel"), (answer.Guarantee, GuaranteeReason(answer)));
        Assert.Equal(("none", "novel"), (answer.Headers["x-cascade-guarantee"], answer.Headers["x-cascade-guarantee-reason"]));
        Assert.Empty(server.Nano.Requests);
    }

    [Fact]
    public async Task One_of_the_fitted_kind_goes_its_way_with_its_promise()
    {
        await using TestServer server = await StartAsync(Judged);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("nano", "cluster", "confidence"), (answer.Model, Reason(answer), answer.Guarantee));
        Assert.Equal((false, 1.0), (IsNovel(answer.Cascade), P(answer.Cascade)));
    }

    [Fact]
    public async Task The_route_may_be_kept_but_not_the_promise()
    {
        await using TestServer server = await StartAsync(Judged, UnlabelledRouting.Route);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("nano", "cluster", true), (answer.Model, Reason(answer), IsNovel(answer.Cascade)));
        Assert.Equal(0.9, answer.Cascade.GetProperty("accept_probability").GetDouble());
        Assert.Equal(("none", "novel"), (answer.Guarantee, GuaranteeReason(answer)));
    }

    [Fact]
    public async Task The_decision_alone_says_the_same()
    {
        await using TestServer server = await StartAsync(Judged);
        using StringContent body = new(CascadeAnswer.Request(["strange"]), System.Text.Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/v1/cascade/decide", UriKind.Relative), body, TestContext.Current.CancellationToken);
        using JsonDocument decision = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        JsonElement root = decision.RootElement;
        Assert.Equal(("small", "novel", "none", "novel"), (
            root.GetProperty("model").GetString(), root.GetProperty("reason").GetString(), root.GetProperty("guarantee").GetString(), root.GetProperty("guarantee_reason").GetString()));
        Assert.Equal((true, 0.01), (IsNovel(root), P(root)));
    }

    [Fact]
    public async Task Who_asks_to_keep_all_is_answered_as_ever_and_who_names_a_member_is_asked_nothing()
    {
        await using TestServer server = await StartAsync(Judged);

        CascadeAnswer keep = await CascadeAnswer.AskAsync(server, "strange", "\"cascade\":{\"keep\":1}");
        CascadeAnswer pinned = await CascadeAnswer.AskAsync(server, "strange", "\"model\":\"nano\"");

        Assert.Equal(("small", "keep", "keep"), (keep.Model, Reason(keep), GuaranteeReason(keep)));
        Assert.True(IsNovel(keep.Cascade));
        Assert.Equal(("nano", "pinned"), (pinned.Model, Reason(pinned)));
        Assert.False(pinned.Cascade.TryGetProperty("novel", out _));
        Assert.False(pinned.Cascade.TryGetProperty("novelty_p", out _));
    }

    [Fact]
    public async Task Where_the_policy_promises_nothing_there_is_no_reason_why_nothing_is_promised()
    {
        await using TestServer server = await StartAsync(TestPolicy.Make() with { Novelty = Boundary });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("small", "novel", "none"), (answer.Model, Reason(answer), answer.Guarantee));
        Assert.False(answer.Cascade.TryGetProperty("guarantee_reason", out _));
    }

    [Fact]
    public async Task Without_a_boundary_the_nearest_cluster_decides()
    {
        await using TestServer server = await StartAsync(Judged with { Novelty = null });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("nano", "cluster", "confidence"), (answer.Model, Reason(answer), answer.Guarantee));
        Assert.False(answer.Cascade.TryGetProperty("novel", out _));
    }

    [Fact]
    public async Task Where_the_strongest_member_has_left_the_strongest_of_the_others_answers()
    {
        await using TestServer server = await StartAsync(Judged);
        await server.Pool.Remove("small")!;

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("nano", "novel", "none"), (answer.Model, Reason(answer), answer.Guarantee));
    }

    [Fact]
    public async Task A_novel_turn_of_a_conversation_goes_to_the_strongest_and_the_rest_stays_there()
    {
        await using TestServer server = await StartAsync(Judged);
        CascadeAnswer first = await CascadeAnswer.AskAsync(server, "easy");

        CascadeAnswer second = await CascadeAnswer.PostAsync(server, CascadeAnswer.Request(["easy", first.Text, "strange"]));
        CascadeAnswer third = await CascadeAnswer.PostAsync(server, CascadeAnswer.Request(["easy", first.Text, "strange", second.Text, "easy"]));

        Assert.Equal(("nano", "small", "small"), (first.Model, second.Model, third.Model));
        Assert.Equal(("novel", "conversation"), (Reason(second), Reason(third)));
    }

    [Fact]
    public async Task In_mode_shadow_the_log_says_what_the_cascade_would_have_done_with_it()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(Judged, new() { Mode = CascadeMode.Shadow });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(logged.Server, "strange");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.Equal(("small", "shadow", "novel"), (answer.Model, Reason(answer), GuaranteeReason(answer)));
        Assert.Equal((true, "novel"), (IsNovel(line), line.GetProperty("shadow").GetProperty("reason").GetString()));
        Assert.Empty(logged.Server.Nano.Requests);
    }

    private static string? Reason(CascadeAnswer answer) => answer.Cascade.GetProperty("reason").GetString();

    private static string? GuaranteeReason(CascadeAnswer answer) => answer.Cascade.GetProperty("guarantee_reason").GetString();

    private static bool IsNovel(JsonElement of) => of.GetProperty("novel").GetBoolean();

    private static double P(JsonElement of) => of.GetProperty("novelty_p").GetDouble();
}
