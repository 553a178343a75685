using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>"strange" is nearest to the easy cluster, whose member is nano; the forecast knows it as a kind that only small can do.</summary>
public sealed class ForecastRoutingTests
{
    private static readonly QueryForecast Forecast = new([new(new(new PointSet([1, 0, 0, 1, 0, -1], 2)), [0.9f, 0.9f, 0.1f, 0.8f, 0.2f, 0.9f])]);

    private static Policy Routed(double price) => TestPolicy.Make() with { Forecast = new(Forecast, new(price)) };

    [Theory]
    [InlineData("easy", "nano")]
    [InlineData("hard", "small")]
    [InlineData("strange", "small")]
    public async Task A_query_goes_to_the_member_that_is_worth_most_by_its_own_forecast(string text, string member)
    {
        await using TestServer server = await GatedPolicy.StartAsync(Routed(0.02));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, text);

        Assert.Equal((member, member, "forecast"), (answer.Model, answer.Headers["x-cascade-stage1-model"], Reason(answer)));
    }

    [Fact]
    public async Task The_dearer_a_unit_of_cost_the_more_goes_to_the_cheaper_member()
    {
        await using TestServer server = await GatedPolicy.StartAsync(Routed(0.5));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "hard");

        Assert.Equal(("nano", "forecast"), (answer.Model, Reason(answer)));
    }

    [Fact]
    public async Task A_member_that_has_left_is_not_asked()
    {
        await using TestServer server = await GatedPolicy.StartAsync(Routed(0.02));
        using HttpResponseMessage gone = await server.Client.DeleteAsync(new Uri("/admin/pool/small", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(gone.IsSuccessStatusCode);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("nano", "forecast"), (answer.Model, Reason(answer)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_it_does_not_route_or_answers_are_judged_the_cluster_decides(bool judged)
    {
        Policy policy = judged
            ? GatedPolicy.Of(HandMadeJudge.Constant(0.9)) with { Forecast = new(Forecast, new(0.02)) }
            : TestPolicy.Make() with { Forecast = new(Forecast, null) };
        await using TestServer server = await GatedPolicy.StartAsync(policy);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange");

        Assert.Equal(("nano", "cluster"), (answer.Model, Reason(answer)));
    }

    private static string? Reason(CascadeAnswer answer) => answer.Cascade.GetProperty("reason").GetString();
}
