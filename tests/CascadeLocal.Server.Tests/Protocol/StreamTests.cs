using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class StreamTests
{
    private const string Hello = """{"messages":[{"role":"user","content":"hello"}],"stream":true}""";

    private const string HelloWithUsage =
        """{"messages":[{"role":"user","content":"hello"}],"stream":true,"stream_options":{"include_usage":true}}""";

    private const string Head =
        """data: {"id":"ID","object":"chat.completion.chunk","created":0,"model":"small","system_fingerprint":null,"choices":""";

    private const string Passes =
        ""","cascade":{"cluster":null,"stage1_model":null,"model":"small","path":["small"],"reason":"no_policy","policy":"none","embed_ms":null,"escalated":false,"accept_probability":null,"target_probability":null,"guarantee":"none","fallback":null,"budget_exhausted":false,"draft_tokens_offered":0,"draft_tokens_reused":0,"ttft_ms":10,"tpot_ms":2,"e2el_ms":14,"verdicts":[],"passes":[{"model":"small","prompt_tokens":7,"cached_tokens":3,"output_tokens":3,"ttft_ms":10,"tpot_ms":2,"e2el_ms":14}]}""";

    private const string Role = Head + """[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""";

    private const string Finish = Head + """[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]""";

    private static string Text(string text) =>
        Head + $$"""[{"index":0,"delta":{"content":"{{text}}"},"logprobs":null,"finish_reason":null}]}""";

    private static async Task<List<string>> ReadAllAsync(HttpResponseMessage response)
    {
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        return await reader.RestAsync();
    }

    [Fact]
    public async Task A_stream_is_role_text_finish_and_done()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Hello);

        Assert.Equal([Role, Text("4"), Text("2"), Finish + Passes + "}", "data: [DONE]"], await ReadAllAsync(response));
    }

    [Fact]
    public async Task Usage_comes_in_a_chunk_of_its_own_when_asked_for()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(HelloWithUsage);

        const string None = ",\"usage\":null";
        string usage = Head + """[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":0}}""" + Passes + "}";
        Assert.Equal([Without(Role), Without(Text("4")), Without(Text("2")), Finish + None + Passes + "}", usage, "data: [DONE]"], await ReadAllAsync(response));

        static string Without(string chunk) => $"{chunk[..^1]}{None}}}";
    }

    [Fact]
    public async Task One_id_and_time_hold_throughout()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(HelloWithUsage);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Single(Regex.Matches(body, "\"id\":\"chatcmpl-[^\"]*\",\"object\":\"chat.completion.chunk\",\"created\":[0-9]+").Select(m => m.Value).Distinct());
        Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_keep_proxies_from_collecting()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Hello);

        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl!.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal("none", Assert.Single(response.Headers.GetValues("x-cascade-policy")));
    }

    [Fact]
    public async Task A_stream_opens_before_the_first_token_and_sends_tokens_as_they_come()
    {
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer(stop => tokens.Reader.ReadAllAsync(stop));

        using HttpResponseMessage response = await server.PostAsync("""{"model":"small","messages":[{"role":"user","content":"hello"}],"stream":true}""");
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal(Role, await reader.NextAsync());
        tokens.Writer.TryWrite("a");
        Assert.Equal(Text("a"), await reader.NextAsync());
        tokens.Writer.TryWrite("b");
        Assert.Equal(Text("b"), await reader.NextAsync());
        tokens.Writer.Complete();
        Assert.StartsWith(Finish, await reader.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_whose_member_another_may_stand_in_for_opens_at_once_and_names_it_with_the_first_token()
    {
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        await using TestServer server = await TestServer.StartAsync(options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) });
        server.Small.Answer = _ => new ScriptedAnswer(stop => tokens.Reader.ReadAllAsync(stop));

        using HttpResponseMessage response = await server.PostAsync(Hello);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal(": waiting", await reader.NextAsync());
        tokens.Writer.TryWrite("a");
        tokens.Writer.Complete();
        Assert.Equal([Role, Text("a")], (await reader.RestAsync()).Where(line => line != ": waiting").Take(2));
    }

    [Fact]
    public async Task A_silent_stream_gets_comment_lines()
    {
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        await using TestServer server = await TestServer.StartAsync(
            options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) });
        server.Small.Answer = _ => new ScriptedAnswer(stop => tokens.Reader.ReadAllAsync(stop));

        using HttpResponseMessage response = await server.PostAsync(Hello);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        await reader.NextAsync();
        string? first = await reader.NextAsync();
        string? second = await reader.NextAsync();
        tokens.Writer.TryWrite("a");
        tokens.Writer.Complete();
        List<string> rest = await reader.RestAsync();

        Assert.Equal((": waiting", ": waiting"), (first, second));
        Assert.Contains(Text("a"), rest);
        Assert.Equal("data: [DONE]", rest[^1]);
    }

    [Fact]
    public async Task A_failure_in_mid_stream_is_an_error_event_behind_which_the_response_ends()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer(FailAfterOneToken);

        string answer = await RawPostAsync(server, Hello);

        string[] events = answer.Split('\n').Where(l => l.StartsWith("data: ", StringComparison.Ordinal)).ToArray();
        Assert.Equal("""data: {"error":{"message":"The device is lost.","type":"server_error","param":null,"code":"model_unavailable"}}""", events[^1]);
        Assert.DoesNotContain("[DONE]", answer, StringComparison.Ordinal);
        // Clients that read to the end of the response are told the error, and not that the connection was lost.
        Assert.EndsWith("0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_the_engine_cancelled_for_a_slow_reader_ends_the_connection()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer("a") { FinishReason = FinishReason.Cancelled };

        // Where in the response the connection breaks is up to the network.
        Exception error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using HttpResponseMessage response = await server.PostAsync(Hello);
            await ReadAllAsync(response);
        });

        Assert.True(error is HttpRequestException or IOException, error.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_cancels_its_answer(bool stream)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        ScriptedAnswer generation = new(stop =>
        {
            started.SetResult();
            return tokens.Reader.ReadAllAsync(stop);
        });
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => generation;

        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> post = server.PostUntilAsync(stream ? Hello : TestServer.Hello, null, leave.Token);
        await started.Task;
        if (stream)
            (await post).Dispose();
        else
            await leave.CancelAsync();

        await generation.Cancelled.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_reader_that_stopped_is_dropped()
    {
        string big = new('x', 100_000);
        async IAsyncEnumerable<string> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            for (int i = 0; i < 200; i++)
                yield return big;
            await Task.Delay(Timeout.Infinite, stop);
        }

        ScriptedAnswer generation = new(Endless);
        await using TestServer server = await TestServer.StartAsync(
            options => options with { WriteTimeout = TimeSpan.FromMilliseconds(200) });
        server.Small.Answer = _ => generation;

        using HttpResponseMessage response = await server.PostAsync(Hello);

        await generation.Cancelled.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_reader_that_stopped_in_a_whole_answer_is_dropped_too()
    {
        using RecordingLog log = new();
        await using TestServer server = await TestServer.StartAsync(options => options with { WriteTimeout = TimeSpan.FromMilliseconds(200) }, log: log);
        server.Small.Answer = _ => new ScriptedAnswer([.. Enumerable.Repeat(new string('x', 100_000), 200), ""]);

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);

        await Wait.UntilAsync(() => log.Lines.Any(line => line.StartsWith("POST ", StringComparison.Ordinal) && line.Contains("client gone", StringComparison.Ordinal)));
        Assert.Empty(log.Errors);
    }

    private static async IAsyncEnumerable<string> FailAfterOneToken(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        yield return "a";
        await Task.Yield();
        throw new EngineException("The device is lost.");
    }

    // HttpClient hides how a response ends.
    private static async Task<string> RawPostAsync(TestServer server, string body)
    {
        using TcpClient client = new();
        await client.ConnectAsync(server.Server.Address.Host, server.Server.Address.Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync();
    }
}
