using CascadeLocal.Contracts;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>What an endpoint says instead of an answer becomes one of the few exceptions that a member may throw.</summary>
public sealed class RefusalTests
{
    [Theory(Timeout = Remote.Deadline)]
    [InlineData(400, """{"error":{"message":"bad temperature","code":null}}""", typeof(RequestRefusedException), "'strong' refuses the request (status 400): bad temperature.")]
    [InlineData(422, """{"detail":[{"loc":["body"]}]}""", typeof(RequestRefusedException), "'strong' refuses the request (status 422): [{\"loc\":[\"body\"]}].")]
    [InlineData(418, "I am a\r\n\tteapot\u0000", typeof(RequestRefusedException), "'strong' refuses the request (status 418): I am a teapot.")]
    [InlineData(413, "", typeof(RequestRefusedException), "'strong' refuses the request (status 413).")]
    [InlineData(401, """{"error":{"message":"wrong key sk-very-***4711"}}""", typeof(MemberUnavailableException), "'strong' does not accept its key (status 401).")]
    [InlineData(403, "no", typeof(MemberUnavailableException), "'strong' does not accept its key (status 403).")]
    [InlineData(404, """{"message":"The model `m` does not exist.","type":"NotFoundError","code":404}""", typeof(MemberUnavailableException), "'strong' does not know the model or the address (status 404): The model `m` does not exist.")]
    [InlineData(408, "", typeof(MemberUnavailableException), "'strong' gave up waiting (status 408).")]
    [InlineData(500, """{"error":"oops"}""", typeof(MemberUnavailableException), "'strong' answers with status 500: oops.")]
    [InlineData(204, "", typeof(MemberUnavailableException), "'strong' answers with status 204.")]
    [InlineData(307, "", typeof(MemberUnavailableException), "'strong' answers with a redirect (status 307); redirects are not followed.")]
    public async Task A_status_other_than_200_is_told_as_what_it_means(int status, string body, Type type, string message)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => exchange.JsonAsync(status, body);
        Exception e = await Assert.ThrowsAnyAsync<MemberException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
        Assert.Equal((type, message), (e.GetType(), e.Message));
        Assert.Equal(2, endpoint.Asked.Count);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(400, """{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError","code":400}""", 0)]
    [InlineData(400, """{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}""", 5000)]
    [InlineData(413, """{"error":{"message":"No.","code":"context_length_exceeded"}}""", 0)]
    [InlineData(422, "prompt is too long", 0)]
    public async Task A_conversation_that_is_too_long_is_told_apart_from_other_refusals(int status, string body, int promptTokens)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => exchange.JsonAsync(status, body);
        ContextLengthExceededException e = await Assert.ThrowsAsync<ContextLengthExceededException>(
            () => member.StartAsync(Remote.Ask() with { MaxTokens = 9 }, null, Remote.Token).AsTask());
        Assert.Equal((promptTokens, 4096), (e.PromptTokens, e.ContextLength));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_server_that_reserves_what_an_answer_may_have_is_asked_again_without_a_limit()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => exchange.Json.TryGetProperty("max_tokens", out _)
            ? exchange.JsonAsync(400, """{"error":{"message":"maximum context length is 4096 tokens, you requested 5000"}}""")
            : exchange.OpenAsync();

        await using IAnswer answer = await member.StartAsync(Remote.Ask() with { MaxTokens = 4999 }, null, Remote.Token);

        Assert.Equal(3, endpoint.Asked.Count);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("Retry-After: 17\r\n", 17.0)]
    [InlineData("Retry-After: Thu, 02 Jan 2025 00:00:30 GMT\r\n", 30.0)]
    [InlineData("Retry-After: Wed, 01 Jan 2025 00:00:30 GMT\r\n", 0.0)]
    [InlineData("Retry-After: 99999999\r\n", 86_400.0)]
    [InlineData("Retry-After: soon\r\n", null)]
    [InlineData("", null)]
    public async Task Too_many_requests_is_a_full_queue_with_the_time_to_wait(string header, double? seconds)
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2025, 1, 2, 0, 0, 0, TimeSpan.Zero));
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(clock: clock);
        endpoint.Chat = exchange => exchange.JsonAsync(429, "", header);
        QueueFullException e = await Assert.ThrowsAsync<QueueFullException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
        Assert.Equal(seconds, e.RetryAfter?.TotalSeconds);
        Assert.Equal(2, endpoint.Asked.Count);
        Assert.Null(member.Circuit.LastError);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_gateway_without_its_server_is_asked_once_more(int status)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => endpoint.Asked.Count == 2 ? exchange.JsonAsync(status, "") : Wire.AnswerWell(exchange);
        Assert.Equal("One, two", (await member.ReadAsync()).Text);
        Assert.Equal(3, endpoint.Asked.Count);
        endpoint.Chat = exchange => exchange.JsonAsync(status, "");
        await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
        Assert.Equal(5, endpoint.Asked.Count);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task The_wait_before_the_retry_is_spread_by_the_source_that_was_given()
    {
        FakeTimeProvider clock = new();
        LogKeeper log = new();
        await using ScriptedEndpoint endpoint = new();
        // The lowest draw of all: a quarter less.
        using RemoteMember member = await endpoint.ConnectAsync(
            options => options with { RetryDelay = TimeSpan.FromSeconds(4), Jitter = () => 0 }, log, clock);
        endpoint.Chat = exchange => endpoint.Asked.Count == 2 ? exchange.JsonAsync(503, "") : Wire.AnswerWell(exchange);
        Task<ReadAnswer> read = member.ReadAsync();
        while (!read.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, Remote.Token);
        }

        Assert.Equal("One, two", (await read).Text);
        Assert.Contains(log.Lines, line => line.Contains("strong is asked again in 3000 ms", StringComparison.Ordinal));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_port_where_nobody_listens_is_unavailable_and_tried_twice()
    {
        LogKeeper log = new();
        ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(logger: log);
        await endpoint.DisposeAsync();
        MemberUnavailableException e = await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
        Assert.Equal("'strong' cannot be reached.", e.Message);
        Assert.Single(log.Lines, line => line.Contains("is asked again", StringComparison.Ordinal));
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Bytes_that_are_no_HTTP_and_a_connection_that_is_dropped_are_told_alike_and_not_tried_again()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        foreach (string raw in new[] { "SSH-2.0-OpenSSH_9.2\r\n", "", "HTTP/1.1 200 OK\r\nContent-Ty" })
        {
            endpoint.Asked.Clear();
            endpoint.Chat = exchange => exchange.RawAsync(raw);
            MemberUnavailableException e = await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
            Assert.Equal("'strong' broke the connection or answers otherwise than by HTTP.", e.Message);
            Assert.Single(endpoint.Asked);
        }
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Headers_without_end_are_refused()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => exchange.RawAsync("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat($"X-A: {new string('a', 1000)}\r\n", 100)));
        await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_long_explanation_is_cut_and_an_endless_one_is_not_read()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.RawAsync("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n");
            Task left = exchange.ClientLeftAsync();
            while (!left.IsCompleted)
                await exchange.SendAsync(new string('ß', 1000));
        };
        RequestRefusedException e = await Assert.ThrowsAsync<RequestRefusedException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
        Assert.Equal($"'strong' refuses the request (status 400): {new string('ß', RemoteErrors.MaxLength)}.", e.Message);
    }
}
