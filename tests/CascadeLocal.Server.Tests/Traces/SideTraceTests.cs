using System.Diagnostics;
using System.Net;
using System.Text;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Shadows;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Traces;

/// <summary>The spans of requests that nobody decodes for, and of what is worked out beside others.</summary>
public sealed class SideTraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly Policy Judged = GatedPolicy.Of(HandMadeJudge.Constant(0.9));

    private static readonly CascadeSettings InShadow = new() { Mode = CascadeMode.Shadow };

    [Fact]
    public async Task Embeddings_are_one_span_of_the_trace_that_they_came_with()
    {
        await using TestServer server = await StartAsync();
        using SpanRecorder recorder = new();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, "/v1/embeddings", """{"input":["one two","hard"]}"""));

        Trace trace = await recorder.EndOfAsync();
        Activity root = Assert.Single(trace.Spans);
        Assert.Equal(("embeddings letters", ActivityKind.Server, ActivityStatusCode.Unset), (root.DisplayName, root.Kind, root.Status));
        Assert.Equal((TraceId, "00f067aa0ba902b7"), (root.TraceId.ToHexString(), root.ParentSpanId.ToHexString()));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "embeddings",
                ["gen_ai.provider.name"] = "cascadelocal",
                ["gen_ai.request.model"] = "letters",
                ["gen_ai.response.model"] = "letters",
                ["gen_ai.usage.input_tokens"] = 3,
                ["gen_ai.embeddings.dimension.count"] = 2,
                ["server.address"] = "127.0.0.1",
                ["cascade.status"] = "ok",
            },
            root.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value));
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"input":"hi","model":"secret"}""", "embeddings", 404)]
    [InlineData("/tokenize", """{"content":"hi","model":"secret"}""", "tokenize", 404)]
    [InlineData("/detokenize", """{"tokens":[1],"model":"nano"}""", "detokenize", 400)]
    public async Task What_nobody_takes_is_refused_and_says_nothing_more(string path, string body, string name, int status)
    {
        await using TestServer server = await StartAsync();
        using SpanRecorder recorder = new();

        Assert.Equal(status, (int)await PostAsync(server, path, body));

        Activity root = Assert.Single((await recorder.EndOfAsync()).Spans);
        Assert.Equal((name, "refused", ActivityStatusCode.Error), (root.DisplayName, root.GetTagItem("error.type"), root.Status));
        Assert.DoesNotContain(root.TagObjects, tag => Equals(tag.Value, "secret"));
    }

    [Theory]
    [InlineData("/tokenize", """{"content":"two words","model":"nano"}""", "tokenize")]
    [InlineData("/detokenize", """{"tokens":[5,6,7],"model":"nano"}""", "detokenize")]
    [InlineData("/apply-template", """{"messages":[{"role":"user","content":"hi"}],"model":"nano"}""", "apply_template")]
    [InlineData("/v1/messages/count_tokens", """{"messages":[{"role":"user","content":"hi"}],"model":"nano"}""", "count_tokens")]
    public async Task Requests_about_tokens_are_a_span_that_says_whose(string path, string body, string name)
    {
        string file = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        Assert.SkipUnless(File.Exists(file), "models/default has no nano");
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano")] },
            async _ => await LanguageModel.LoadAsync(new ModelOptions { Path = file, Threads = 1, ContextLength = 256 }, NullLogger.Instance, CancellationToken.None));
        using SpanRecorder recorder = new();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, path, body));

        Activity root = Assert.Single((await recorder.EndOfAsync()).Spans);
        Assert.Equal(($"{name} nano", ActivityKind.Server, TraceId), (root.DisplayName, root.Kind, root.TraceId.ToHexString()));
        Assert.Equal(("nano", "ok", null), (root.GetTagItem("cascade.member"), root.GetTagItem("cascade.status"), root.GetTagItem("gen_ai.operation.name")));
        Assert.True(root.GetTagItem("cascade.tokens") is > 0);
    }

    [Fact]
    public async Task What_is_worked_out_beside_a_request_is_a_trace_of_its_own_with_a_link_to_that()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(Judged, InShadow);
        using SpanRecorder recorder = new();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(logged.Server, "easy");

        Trace trace = await Wait.ForAsync(() => recorder.EndOfAsync(), spans => spans.Spans.Any(span => span.DisplayName == "shadow"));
        Activity root = trace.Root, shadow = trace.Part("shadow");
        Assert.Equal((ActivityKind.Internal, default), (shadow.Kind, shadow.ParentSpanId));
        Assert.NotEqual(root.TraceId, shadow.TraceId);
        Assert.Equal((root.TraceId, root.SpanId), (Assert.Single(shadow.Links).Context.TraceId, shadow.Links.Single().Context.SpanId));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.provider.name"] = "cascadelocal",
                ["gen_ai.response.model"] = "nano",
                ["gen_ai.response.id"] = answer.Body.GetProperty("id").GetString(),
                ["cascade.path"] = "nano",
                ["cascade.reason"] = "cluster",
                ["cascade.policy"] = "handmade",
                ["cascade.escalated"] = false,
                ["cascade.accept_probability"] = 0.9,
                ["cascade.agrees"] = true,
                ["cascade.status"] = "compared",
            },
            shadow.TagObjects.Where(tag => tag.Key != "cascade.target_probability")
                .ToDictionary(tag => tag.Key, tag => tag.Value is double number ? Math.Round(number, 3) : tag.Value));
        Assert.Equal(["prefill nano", "decode nano"], trace.PartsOf(shadow));
        Assert.Equal(["queue", "embed", "prefill small", "decode small"], trace.PartsOf(root));
        Assert.Equal(shadow.Id, Assert.Single(logged.Server.Nano.Requests).Trace!.Parent);
    }

    [Fact]
    public async Task One_that_fails_says_so()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(Judged, InShadow);
        logged.Server.Nano.Answer = _ => ScriptedAnswer.Failing("4");
        using SpanRecorder recorder = new();

        await CascadeAnswer.AskAsync(logged.Server, "easy");

        Trace trace = await Wait.ForAsync(() => recorder.EndOfAsync(), spans => spans.Spans.Any(span => span.DisplayName == "shadow"));
        Activity shadow = trace.Part("shadow");
        Assert.Equal(("failed", "failed", ActivityStatusCode.Error), (shadow.GetTagItem("cascade.status"), shadow.GetTagItem("error.type"), shadow.Status));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beside_a_request_that_is_not_recorded_nothing_is(bool listens)
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(Judged, InShadow);
        using SpanRecorder? recorder = listens ? new(ActivitySamplingResult.PropagationData) : null;

        await CascadeAnswer.AskAsync(logged.Server, "easy");
        await logged.RequestsAsync(1);

        Assert.Null(Assert.Single(logged.Server.Nano.Requests).Trace);
        if (recorder is not null)
            Assert.Single((await recorder.EndOfAsync()).Spans);
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with { LoadEmbedder = () => new LetterEmbedder() });

    private static async Task<HttpStatusCode> PostAsync(TestServer server, string path, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{TraceId}-00f067aa0ba902b7-01");
        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
