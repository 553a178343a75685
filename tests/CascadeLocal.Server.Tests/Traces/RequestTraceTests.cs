using System.Diagnostics;
using System.Net;
using System.Text;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Remote;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Traces;

/// <summary>One trace a request, of the times that were recorded on its way.</summary>
public sealed class RequestTraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private const string Incoming = $"00-{TraceId}-00f067aa0ba902b7-01";

    [Fact]
    public async Task A_request_that_escalates_has_a_part_for_everything_that_took_time()
    {
        await using TestServer server = await ServeTierAsync();
        using SpanRecorder recorder = new();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "Add 45 and 38 step by step.", "\"temperature\":0", "\"max_tokens\":48");

        Trace trace = await recorder.EndOfAsync();
        Assert.True(answer.Escalated);
        Assert.Equal(
            ["decode base", "decode nano", "embed", "judge nano", "prefill base", "prefill nano", "queue", "queue base", "queue nano", "verify base"],
            trace.PartsOf(trace.Root).Order(StringComparer.Ordinal));
        AssertFollow(trace.Part("queue"), trace.Part("embed"), trace.Part("queue", "nano"), trace.Part("prefill", "nano"), trace.Part("decode", "nano"));
        AssertFollow(trace.Part("judge", "nano"), trace.Part("queue", "base"), trace.Part("prefill", "base"), trace.Part("decode", "base"));
        AssertWithin(trace.Part("decode", "base"), trace.Part("verify", "base"));
        Assert.All(trace.Below(trace.Root), part => AssertWithin(trace.Root, part));
        Assert.All(trace.Below(trace.Root), part => Assert.True(part.Duration < trace.Root.Duration));
    }

    [Fact]
    public async Task A_request_says_what_was_decided_and_what_it_cost()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new ScriptedAnswer("no", "pe", "");
        using SpanRecorder recorder = new();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "an easy question");

        Activity root = (await recorder.EndOfAsync()).Root;
        Assert.Equal(("chat cascade", ActivityKind.Server, ActivityStatusCode.Unset), (root.DisplayName, root.Kind, root.Status));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.provider.name"] = "cascadelocal",
                ["gen_ai.request.model"] = "cascade",
                ["gen_ai.response.model"] = "small",
                ["gen_ai.response.id"] = answer.Body.GetProperty("id").GetString(),
                ["gen_ai.response.finish_reasons"] = "stop",
                ["gen_ai.usage.input_tokens"] = 7,
                ["gen_ai.usage.output_tokens"] = 3,
                ["server.address"] = "127.0.0.1",
                ["cascade.cached_tokens"] = 3,
                ["cascade.cluster"] = "easy",
                ["cascade.path"] = "nano, small",
                ["cascade.reason"] = "cluster",
                ["cascade.policy"] = "handmade",
                ["cascade.guarantee"] = "confidence",
                ["cascade.escalated"] = true,
                ["cascade.status"] = "ok",
            },
            root.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value is string[] words ? string.Join(',', words) : tag.Value));
    }

    [Fact]
    public async Task A_verdict_is_told_with_its_probability()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        using SpanRecorder recorder = new();

        await CascadeAnswer.AskAsync(server, "easy");

        Activity judge = (await recorder.EndOfAsync()).Part("judge", "nano");
        Assert.Equal(("reject", false), (judge.GetTagItem("cascade.verdict"), judge.GetTagItem("cascade.early")));
        Assert.Equal(0.2, (double)judge.GetTagItem("cascade.accept_probability")!, 3);
    }

    [Fact]
    public async Task No_text_of_a_question_or_an_answer_is_in_a_span()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new ScriptedAnswer("secret", "ly", "");
        server.Small.Answer = _ => new ScriptedAnswer("secret", "ive", "");
        using SpanRecorder recorder = new();

        await CascadeAnswer.AskAsync(server, "easy secret", "\"stop\":[\"secretary\"]");
        using (await server.PostAsync("""{"model":"secret","messages":[{"role":"user","content":"secret"}]}"""))
        {
        }

        Trace trace = await recorder.EndOfAsync(requests: 2);
        Assert.DoesNotContain(
            trace.Spans.SelectMany(span => span.TagObjects.Select(tag => $"{tag.Value}").Append(span.DisplayName).Append(span.StatusDescription ?? "")),
            text => text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_continues_the_trace_that_it_came_with()
    {
        await using TestServer server = await TestServer.StartAsync();
        using SpanRecorder recorder = new();

        await PostAsync(server, Incoming, "vendor=1");

        Activity root = (await recorder.EndOfAsync()).Root;
        Assert.Equal((TraceId, "00f067aa0ba902b7", "vendor=1"), (root.TraceId.ToHexString(), root.ParentSpanId.ToHexString(), root.TraceStateString));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public async Task A_request_without_a_trace_begins_one(string? incoming)
    {
        await using TestServer server = await TestServer.StartAsync();
        using SpanRecorder recorder = new();

        await PostAsync(server, incoming);

        Assert.Equal(default, (await recorder.EndOfAsync()).Root.ParentSpanId);
    }

    [Fact]
    public async Task What_a_member_elsewhere_does_hangs_below_the_span_of_its_pass()
    {
        await using TestServer far = await TestServer.StartAsync();
        await using TestServer front = await ServeFrontAsync(far);
        using SpanRecorder recorder = new();

        await PostAsync(front, Incoming, "vendor=1");

        Trace trace = await recorder.EndOfAsync(requests: 2);
        Activity remote = trace.Part("remote", "small");
        Activity root = Assert.Single(trace.Spans, span => span.SpanId == remote.ParentSpanId);
        Activity there = Assert.Single(recorder.Requests, span => span.ParentSpanId == remote.SpanId);
        Assert.Equal("00f067aa0ba902b7", root.ParentSpanId.ToHexString());
        Assert.Equal(["decode nano", "embed", "judge nano", "prefill nano", "queue", "remote small"], trace.PartsOf(root).Order(StringComparer.Ordinal));
        Assert.Equal(["decode small", "prefill small", "queue"], trace.PartsOf(there).Order(StringComparer.Ordinal));
        Assert.All(trace.Spans, span => Assert.Equal((TraceId, "vendor=1"), (span.TraceId.ToHexString(), span.TraceStateString)));
        Assert.Equal((ActivityKind.Client, 3), (remote.Kind, remote.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(("127.0.0.1", far.Server.Address.Port), (remote.GetTagItem("server.address"), remote.GetTagItem("server.port")));
        AssertWithin(root, remote);
        Assert.True(there.StartTimeUtc >= remote.StartTimeUtc);
    }

    [Fact]
    public async Task Where_nobody_listens_a_trace_is_handed_on_as_it_came()
    {
        await using TestServer far = await TestServer.StartAsync();
        await using TestServer front = await ServeFrontAsync(far);
        far.Small.Requests.Clear();

        await PostAsync(front, Incoming, "vendor=1");

        Assert.Equal(new TraceContext(Incoming, "vendor=1"), Assert.Single(far.Small.Requests).Trace);
    }

    [Fact]
    public async Task A_member_elsewhere_that_refuses_is_in_the_trace()
    {
        await using TestServer far = await TestServer.StartAsync();
        await using TestServer front = await ServeFrontAsync(far);
        far.Small.Answer = _ => throw new MemberUnavailableException("gone");
        using SpanRecorder recorder = new();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(front, "easy");

        Trace trace = await recorder.EndOfAsync(requests: 2);
        Activity remote = trace.Part("remote", "small");
        Assert.Equal(("nano", "unavailable", ActivityStatusCode.Error), (answer.Model, remote.GetTagItem("error.type"), remote.Status));
    }

    [Fact]
    public async Task A_request_that_fails_says_so()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("nano")] });
        server.Nano.Answer = _ => ScriptedAnswer.Failing("4");
        using SpanRecorder recorder = new();

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);

        Activity root = (await recorder.EndOfAsync()).Root;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(("failed", "failed", ActivityStatusCode.Error), (root.GetTagItem("cascade.status"), root.GetTagItem("error.type"), root.Status));
    }

    [Fact]
    public async Task A_request_that_no_member_took_is_refused_in_its_trace()
    {
        await using TestServer server = await TestServer.StartAsync();
        using SpanRecorder recorder = new();

        using HttpResponseMessage response = await server.PostAsync("""{"model":"none","messages":[{"role":"user","content":"hello"}]}""");

        Trace trace = await recorder.EndOfAsync();
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(("chat", "refused", ActivityStatusCode.Error), (trace.Root.DisplayName, trace.Root.GetTagItem("error.type"), trace.Root.Status));
        Assert.Single(trace.Spans);
    }

    [Fact]
    public async Task A_request_that_is_not_sampled_has_no_parts()
    {
        await using TestServer server = await TestServer.StartAsync();
        using SpanRecorder recorder = new(ActivitySamplingResult.PropagationData);

        await PostAsync(server, Incoming);

        Trace trace = await recorder.EndOfAsync();
        Assert.Empty(trace.Below(trace.Root));
        Assert.Empty(trace.Root.TagObjects);
    }

    private static async Task<TestServer> ServeTierAsync()
    {
        Assert.SkipUnless(File.Exists(ModelFile("nano")) && File.Exists(ModelFile("base")), "models/default has no nano or no base");
        TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano"), TestServer.Member("base")], LoadEmbedder = () => new LetterEmbedder() },
            async name => await LanguageModel.LoadAsync(
                new ModelOptions { Path = ModelFile(name), Threads = 1, ContextLength = 512, Parallel = 2 }, NullLogger.Instance, CancellationToken.None));
        await server.Server.Policies.UseAsync(
            new LoadedPolicy(TestPolicy.Make(strong: "base") with { Escalation = GatedPolicy.Stage(HandMadeJudge.Constant(0.2), acceptedShare: 0.9) }, "memory", "handmade"),
            CancellationToken.None);
        return server;
    }

    private static string ModelFile(string name) => Path.Combine(RepositoryPaths.DefaultTier, $"{name}.gguf");

    /// <summary>Nano is judged here and always rejected; small is at the other server.</summary>
    private static Task<TestServer> ServeFrontAsync(TestServer far)
    {
        RemoteMemberOptions small = new() { Name = "small", Url = new Uri(far.Server.Address, "v1").AbsoluteUri, Model = "small" };
        return GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2)),
            options => options with { Members = [TestServer.Member("nano"), new() { Name = "small", Remote = small }] },
            async name => name == "nano"
                ? new ScriptedMember(1_000)
                : await RemoteMember.ConnectAsync(small, NullLogger.Instance, TimeProvider.System, CancellationToken.None));
    }

    private static async Task PostAsync(TestServer server, string? parent, string? state = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent("""{"messages":[{"role":"user","content":"easy"}]}""", Encoding.UTF8, "application/json"),
        };
        if (parent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", parent);
        if (state is not null)
            request.Headers.Add("tracestate", state);
        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static void AssertWithin(Activity whole, Activity part)
    {
        Assert.True(part.StartTimeUtc >= whole.StartTimeUtc, $"{part.DisplayName} begins before {whole.DisplayName}");
        Assert.True(EndOf(part) <= EndOf(whole), $"{part.DisplayName} ends after {whole.DisplayName}");
    }

    // Each begins when the one before has ended. A tick is lost or won where times are converted.
    private static void AssertFollow(params Activity[] parts)
    {
        foreach ((Activity one, Activity next) in parts.Zip(parts.Skip(1)))
            Assert.True(next.StartTimeUtc >= EndOf(one).AddTicks(-10), $"{next.DisplayName} begins before {one.DisplayName} has ended");
    }

    private static DateTime EndOf(Activity span) => span.StartTimeUtc + span.Duration;
}
