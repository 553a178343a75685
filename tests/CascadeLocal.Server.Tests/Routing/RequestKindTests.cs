using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.Shadows;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>Requests with functions or a form, under policies whose labels are of such or not.</summary>
public sealed class RequestKindTests
{
    private const string Tools = """ "tools":[{"type":"function","function":{"name":"f"}}] """;

    private const string Schema = """ "response_format":{"type":"json_object"} """;

    private static readonly Policy Plain = GatedPolicy.Of(HandMadeJudge.Constant(0.9));

    private static readonly Policy All = Plain with
    {
        Kinds = new Dictionary<RequestKind, int> { [RequestKind.Plain] = 500, [RequestKind.Tools] = 100, [RequestKind.Schema] = 100 },
    };

    private static Task<TestServer> StartAsync(Policy policy, UnlabelledRouting tools = UnlabelledRouting.Strongest) =>
        GatedPolicy.StartAsync(policy, options => options with { Cascade = new() { Tools = tools } });

    [Theory]
    [InlineData(Tools)]
    [InlineData(Schema)]
    [InlineData(""" "grammar":"root ::= \"42\"" """)]
    [InlineData(""" "guided_choice":["42"] """)]
    public async Task One_of_a_kind_that_labels_are_of_is_routed_judged_and_promised_as_any(string field)
    {
        await using TestServer server = await StartAsync(All);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", field);

        Assert.Equal(("nano", "cluster", "confidence"), (answer.Model, Reason(answer), answer.Guarantee));
        Assert.Equal(0.9, answer.Cascade.GetProperty("accept_probability").GetDouble());
    }

    [Fact]
    public async Task With_a_form_that_no_label_is_of_it_is_judged_and_nothing_is_promised()
    {
        await using TestServer server = await StartAsync(Plain);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Schema);

        Assert.Equal(("nano", "cluster"), (answer.Model, Reason(answer)));
        Assert.Equal(0.9, answer.Cascade.GetProperty("accept_probability").GetDouble());
        Assert.Equal(("none", "kind"), (answer.Guarantee, GuaranteeReason(answer.Cascade)));
        Assert.Equal(("none", "kind"), (answer.Headers["x-cascade-guarantee"], answer.Headers["x-cascade-guarantee-reason"]));
    }

    [Theory]
    [InlineData(UnlabelledRouting.Strongest, "small", "tools")]
    [InlineData(UnlabelledRouting.Route, "nano", "cluster")]
    public async Task Functions_that_no_label_is_of_go_where_the_configuration_says_without_a_promise(UnlabelledRouting tools, string member, string reason)
    {
        await using TestServer server = await StartAsync(Plain, tools);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Tools);

        Assert.Equal((member, reason), (answer.Model, Reason(answer)));
        Assert.Equal(("none", "kind"), (answer.Guarantee, GuaranteeReason(answer.Cascade)));
    }

    [Fact]
    public async Task Too_few_labels_of_a_kind_are_none()
    {
        await using TestServer server = await StartAsync(All with { Kinds = new Dictionary<RequestKind, int> { [RequestKind.Plain] = 500, [RequestKind.Tools] = 99 } });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Tools);

        Assert.Equal(("small", "tools", "kind"), (answer.Model, Reason(answer), GuaranteeReason(answer.Cascade)));
    }

    [Fact]
    public async Task Where_no_label_is_plain_nothing_is_promised_of_plain_requests()
    {
        await using TestServer server = await StartAsync(All with { Kinds = new Dictionary<RequestKind, int> { [RequestKind.Schema] = 500 } });

        CascadeAnswer plain = await CascadeAnswer.AskAsync(server, "easy");
        CascadeAnswer schema = await CascadeAnswer.AskAsync(server, "easy", Schema);

        Assert.Equal(("nano", "none", "kind"), (plain.Model, plain.Guarantee, GuaranteeReason(plain.Cascade)));
        Assert.Equal("confidence", schema.Guarantee);
    }

    [Fact]
    public async Task What_is_novel_as_well_is_called_so()
    {
        await using TestServer server = await StartAsync(Plain with { Novelty = new NoveltyBoundary(0.01, new float[99]) });

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "strange", Schema);

        Assert.Equal(("small", "novel", "novel"), (answer.Model, Reason(answer), GuaranteeReason(answer.Cascade)));
    }

    [Fact]
    public async Task The_decision_alone_says_the_same()
    {
        await using TestServer server = await StartAsync(Plain);
        using StringContent body = new(CascadeAnswer.Request(["easy"], Schema), System.Text.Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/v1/cascade/decide", UriKind.Relative), body, TestContext.Current.CancellationToken);
        using JsonDocument decision = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        JsonElement root = decision.RootElement;
        Assert.Equal(("nano", "none", "kind"), (root.GetProperty("model").GetString(), root.GetProperty("guarantee").GetString(), GuaranteeReason(root)));
    }

    [Fact]
    public async Task In_mode_shadow_the_log_says_it_too()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(Plain, new() { Mode = CascadeMode.Shadow });

        await CascadeAnswer.AskAsync(logged.Server, "easy", Schema);
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.Equal(("none", "kind"), (line.GetProperty("guarantee").GetString(), GuaranteeReason(line)));
        Assert.Equal("nano", line.GetProperty("shadow").GetProperty("path")[0].GetString());
    }

    private static string? Reason(CascadeAnswer answer) => answer.Cascade.GetProperty("reason").GetString();

    private static string? GuaranteeReason(JsonElement of) => of.GetProperty("guarantee_reason").GetString();
}
