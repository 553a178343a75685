using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Members that cannot answer, and who answers then.</summary>
public sealed class FallbackTests
{
    private const string Messages = """ "messages":[{"role":"user","content":"easy"}] """;

    private static readonly EarlyRule RejectsAtOnce = new([1], [double.NegativeInfinity], [0]);

    private static Exception Refusal(string word) => word switch
    {
        "full" => new QueueFullException(9),
        "context" => new ContextLengthExceededException(99, 100),
        "template" => new ChatTemplateException("no"),
        _ => new EngineException("no"),
    };

    private static ScriptedAnswer Refusing(params string[] tokens) =>
        ScriptedAnswer.Failing(new RequestRefusedException("Too much work.", "response_format"), tokens);

    private static Task<TestServer> StartAsync(double own = 0.2, EarlyRule? rule = null) =>
        GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(own, 1), rule));

    [Theory]
    [InlineData("full")]
    [InlineData("context")]
    [InlineData("template")]
    [InlineData("failed")]
    public async Task A_target_that_refuses_leaves_the_cheap_answer_with_the_reason(string word)
    {
        await using TestServer server = await StartAsync();
        server.Small.Answer = _ => throw Refusal(word);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano", $"nano, small ({word})", $"small ({word})"), (answer.Text, answer.Model, answer.Path, answer.Fallback));
        Assert.Equal((false, "none", $"small ({word})"), (answer.Escalated, answer.Guarantee, answer.Headers["x-cascade-fallback"]));
    }

    [Fact]
    public async Task A_target_that_is_removed_meanwhile_still_answers_whoever_was_admitted()
    {
        await using TestServer server = await StartAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");
        Task<CascadeAnswer> asked = CascadeAnswer.AskAsync(server, "easy");
        await Wait.UntilAsync(() => !server.Nano.Requests.IsEmpty);
        Task removed = server.Pool.Remove("small")!;
        Assert.Equal(MemberState.Draining, server.Pool.Find("small")!.State);
        go.SetResult();

        CascadeAnswer answer = await asked;

        Assert.Equal(("small", "nano, small", true, null), (answer.Model, answer.Path, answer.Escalated, answer.Fallback));
        await removed;
        Assert.Null(server.Pool.Find("small"));
    }

    [Fact]
    public async Task A_target_that_fails_on_the_way_leaves_the_cheap_answer()
    {
        await using TestServer server = await StartAsync();
        server.Small.Answer = _ => ScriptedAnswer.Failing("half");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano, small (failed)", "small (failed)", false), (answer.Text, answer.Path, answer.Fallback, answer.Escalated));
        Assert.Equal(["small", "nano"], answer.Passes);
        Assert.Equal("it broke", answer.Cascade.GetProperty("passes")[0].GetProperty("failed").GetString());
    }

    [Fact]
    public async Task A_request_that_is_refused_on_the_way_is_asked_of_nobody_else()
    {
        await using TestServer server = await StartAsync(own: 0.9);
        server.Nano.Answer = _ => Refusing();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"]));

        Assert.Equal((HttpStatusCode.BadRequest, "not_served_by_model", "response_format", "Too much work."), (error.Status, error.Code, error.Param, error.Message));
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task A_target_that_refuses_on_the_way_leaves_the_cheap_answer()
    {
        await using TestServer server = await StartAsync();
        server.Small.Answer = _ => Refusing("half");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano, small (refused)", "small (refused)", false), (answer.Text, answer.Path, answer.Fallback, answer.Escalated));
        Assert.Single(server.Nano.Requests);
    }

    [Fact]
    public async Task A_target_that_refuses_on_the_way_is_the_end_where_no_answer_is_whole()
    {
        await using TestServer server = await StartAsync(rule: RejectsAtOnce);
        server.Small.Answer = _ => Refusing();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"]));

        Assert.Equal((HttpStatusCode.BadRequest, "response_format"), (error.Status, error.Param));
        Assert.Single(server.Nano.Requests);
    }

    [Fact]
    public async Task An_answer_rejected_early_is_said_again_where_nobody_else_takes_the_request()
    {
        await using TestServer server = await StartAsync(rule: RejectsAtOnce);
        server.Small.Answer = _ => throw new QueueFullException(9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano", "nano, small (full), nano", "small (full)"), (answer.Text, answer.Model, answer.Path, answer.Fallback));
        Assert.Equal([0], server.Nano.Requests.Last().Draft.ToArray());
    }

    [Fact]
    public async Task An_answer_rejected_early_is_said_again_where_the_target_fails()
    {
        await using TestServer server = await StartAsync(rule: RejectsAtOnce);
        server.Small.Answer = _ => ScriptedAnswer.Failing();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano, small (failed), nano", false), (answer.Text, answer.Path, answer.Escalated));
        Assert.Equal([0], server.Nano.Requests.Last().Draft.ToArray());
    }

    [Fact]
    public async Task When_all_fail_the_request_does_and_nothing_is_tried_for_ever()
    {
        await using TestServer server = await StartAsync(rule: RejectsAtOnce);
        int asked = 0;
        server.Small.Answer = _ => ScriptedAnswer.Failing();
        server.Nano.Answer = _ => asked++ == 0 ? ScriptedAnswer.Endless("4") : ScriptedAnswer.Failing();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"]));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_unavailable", 2), (error.Status, error.Code, asked));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_member_that_fails_before_any_text_is_replaced(bool stream)
    {
        await using TestServer server = await StartAsync(own: 0.9);
        server.Nano.Answer = _ => ScriptedAnswer.Failing();

        if (stream)
        {
            using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request(["easy"], "\"stream\":true"));
            string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("\"path\":[\"nano (failed)\",\"small\"]", text, StringComparison.Ordinal);
            Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
            return;
        }

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");
        Assert.Equal(("42", "nano (failed), small", "nano (failed)", false), (answer.Text, answer.Path, answer.Fallback, answer.Escalated));
        Assert.Equal("none", answer.Guarantee);
    }

    [Theory]
    [InlineData("/v1/chat/completions", Messages)]
    [InlineData("/v1/completions", "\"prompt\":\"easy\"")]
    [InlineData("/v1/messages", Messages + ",\"max_tokens\":9")]
    [InlineData("/v1/responses", "\"input\":\"easy\"")]
    public async Task A_stream_and_a_whole_answer_name_who_stood_in_for_a_first_member_that_is_not_judged(string path, string fields)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => ScriptedAnswer.Failing();

        string[] whole = await ModelsOfAsync(server, path, $"{{{fields}}}"), streamed = await ModelsOfAsync(server, path, $"{{{fields},\"stream\":true}}");

        Assert.Equal(["nano"], whole);
        Assert.Equal(["nano"], streamed);
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_for_the_first_member_goes_to_one_with_a_larger_context()
    {
        await using TestServer server = await StartAsync();
        server.Nano.Answer = _ => throw new ContextLengthExceededException(60, 50);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("small", "nano (context), small", "none"), (answer.Model, answer.Path, answer.Guarantee));
        Assert.Equal("nano (context)", answer.Headers["x-cascade-fallback"]);
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_for_all_is_400_with_the_largest_context()
    {
        await using TestServer server = await StartAsync();
        server.Nano.Answer = _ => throw new ContextLengthExceededException(160, 50);
        server.Small.Answer = _ => throw new ContextLengthExceededException(170, 100);

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"]));

        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (error.Status, error.Code));
        Assert.Contains("170", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_is_named_is_never_replaced()
    {
        await using TestServer server = await StartAsync();
        server.Nano.Answer = _ => ScriptedAnswer.Failing();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"], "\"model\":\"nano\""));

        Assert.Equal("model_unavailable", error.Code);
        Assert.Empty(server.Small.Requests);
    }

    // Of a stream those of all its events; some have the answer so far within them.
    private static async Task<string[]> ModelsOfAsync(TestServer server, string path, string body)
    {
        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        IEnumerable<JsonNode> documents = text.Split('\n').Select(line => line.Replace("data: ", "", StringComparison.Ordinal))
            .Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!);
        return [.. documents.Select(document => (string?)(document["model"] ?? document["message"]?["model"] ?? document["response"]?["model"])).OfType<string>().Distinct()];
    }
}
