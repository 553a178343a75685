using System.Text;

using CascadeLocal.Contracts;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>What breaks after the headers ends the answer as failed, with what came before it, and is never tried again.</summary>
public sealed class BrokenAnswerTests
{
    [Theory(Timeout = Remote.Deadline)]
    [InlineData("cut", "The connection to 'strong' broke in the middle of its answer.")]
    [InlineData("ends unfinished", "'strong' ended its answer before it was finished.")]
    [InlineData("done unfinished", "'strong' ended its answer before it was finished.")]
    [InlineData("garbage", "'strong' sent something that is no chat completion in the middle of its answer.")]
    [InlineData("other json", "'strong' sent something that is no chat completion in the middle of its answer.")]
    [InlineData("null", "'strong' sent something that is no chat completion in the middle of its answer.")]
    [InlineData("no sse", "'strong' ended its answer before it was finished.")]
    [InlineData("error", "'strong' failed in the middle of its answer: CUDA ran out of memory.")]
    [InlineData("error event", "'strong' failed in the middle of its answer: CUDA ran out of memory.")]
    [InlineData("error text", "'strong' failed in the middle of its answer: no luck.")]
    [InlineData("10 MB line", "'strong' sent an event of more than 1024 KiB in the middle of its answer.")]
    [InlineData("10 MB of lines", "'strong' sent an event of more than 1024 KiB in the middle of its answer.")]
    [InlineData("abort", "'strong' ended its answer for a reason that is not known: abort.")]
    [InlineData("content_filter", "'strong' withholds its answer (content_filter).")]
    [InlineData("tool_calls", "'strong' calls a function, though none was given to it.")]
    [InlineData("tool delta", "'strong' calls a function, though none was given to it.")]
    public async Task A_stream_that_goes_wrong_fails_after_the_tokens_that_came(string fault, string message)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Tokens("One, two", "One", ",", " two"));
            await BreakAsync(exchange, fault);
        };
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(message, answer.Failure);
        Assert.Null(answer.End.Result);
        Assert.Equal(["One", ",", " two"], answer.Pieces);
        Assert.Equal(2, endpoint.Asked.Count);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("garbage")]
    [InlineData("cut")]
    [InlineData("error")]
    [InlineData("10 MB line")]
    public async Task What_goes_wrong_behind_the_finish_takes_nothing_back(string fault)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("All."));
            await exchange.EventAsync(Wire.Finish());
            await BreakAsync(exchange, fault);
        };
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(("All.", FinishReason.Stop), (answer.Text, answer.Result.FinishReason));
        Assert.Null(member.Circuit.LastError);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task What_never_ends_behind_the_finish_holds_nothing()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(clock: clock);
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("All."));
            await exchange.EventAsync(Wire.Finish());
            Task left = exchange.ClientLeftAsync();
            while (!left.IsCompleted)
            {
                await exchange.SendAsync(": still here\n\n");
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, Remote.Token);
            }
        };

        ReadAnswer answer = await member.ReadAsync();

        Assert.Equal(("All.", FinishReason.Stop), (answer.Text, answer.Result.FinishReason));
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task An_answer_that_is_no_stream_fails(string type)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = exchange => exchange.JsonAsync(200, """{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}""", type: type);
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal("'strong' answers with something else than a stream of events.", answer.Failure);
        Assert.Empty(answer.Tokens);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_falls_silent_fails_once_the_time_for_it_is_over()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { SilenceTimeout = TimeSpan.FromSeconds(7) }, clock: clock);
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("So "));
            await exchange.ClientLeftAsync();
        };
        await using IAnswer answer = await member.StartAsync(Remote.Ask(), null, Remote.Token);
        Assert.True(await answer.WaitAsync(Remote.Token));
        Task<ReadAnswer> read = answer.ReadWholeAsync();
        while (!read.IsCompleted)
        {
            // The timer is set behind the token, some time or other.
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Remote.Token);
        }

        Assert.Equal("'strong' sent nothing for 7 s in the middle of its answer.", (await read).Failure);
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Bytes_that_come_slowly_are_no_silence()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { SilenceTimeout = TimeSpan.FromSeconds(7) }, clock: clock);
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            for (int i = 0; i < 10; i++)
                await exchange.EventAsync(Wire.Text("x"));
            await exchange.EventAsync(Wire.Finish());
            await exchange.DoneAsync();
        };
        // Each token takes 5 s of 7.
        ReadAnswer answer = await member.ReadAsync(observer: new SlowObserver(clock, TimeSpan.FromSeconds(5)));
        Assert.Equal((10, FinishReason.Stop), (answer.Tokens.Count, answer.Result.FinishReason));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_never_answers_is_unavailable_once_the_time_for_it_is_over()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(clock: clock);
        Gate asked = new();
        endpoint.Chat = async exchange =>
        {
            asked.Open();
            await exchange.ClientLeftAsync();
        };
        Task<IAnswer> start = member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask();
        await asked.WaitAsync();
        Assert.False(start.IsCompleted);
        clock.Advance(RemoteMemberOptionsDefault.SilenceTimeout);
        Assert.Equal("'strong' did not answer in time.", (await Assert.ThrowsAsync<MemberUnavailableException>(() => start)).Message);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_request_that_is_taken_back_before_its_answer_begins_leaves_nothing()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        Gate asked = new();
        endpoint.Chat = async exchange =>
        {
            asked.Open();
            await exchange.ClientLeftAsync();
        };
        using CancellationTokenSource caller = new();
        Task<IAnswer> start = member.StartAsync(Remote.Ask(), null, caller.Token).AsTask();
        await asked.WaitAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
        Assert.Null(member.Circuit.LastError);
    }

    private static RemoteMemberOptions RemoteMemberOptionsDefault { get; } = new() { Name = "n", Url = "http://h/v1", Model = "m" };

    private static async Task BreakAsync(Exchange exchange, string fault)
    {
        const string Error = """{"error":{"message":"CUDA ran out of memory.","type":"server_error","code":500}}""";
        switch (fault)
        {
            case "cut":
                return;
            case "ends unfinished":
                break;
            case "done unfinished":
                await exchange.DoneAsync();
                return;
            case "garbage":
                await exchange.EventAsync("{\"choices\":[{\"del\u0007");
                break;
            case "other json":
                await exchange.EventAsync("""{"choices":"none"}""");
                break;
            case "null":
                await exchange.EventAsync("null");
                break;
            case "no sse":
                await exchange.SendAsync("<html>Bad Gateway</html>\n\n");
                break;
            case "error":
                await exchange.EventAsync(Error);
                break;
            case "error event":
                await exchange.SendAsync($"event: error\ndata: {Error}\n\n");
                break;
            case "error text":
                await exchange.EventAsync("""{"error":"no\u0000 \u202Eluck"}""");
                break;
            case "10 MB line":
                await exchange.SendAsync("data: {\"");
                for (int i = 0; i < 10; i++)
                    await exchange.SendAsync(new string('x', 1024 * 1024));
                break;
            case "10 MB of lines":
                for (int i = 0; i < 10; i++)
                    await exchange.SendAsync(new StringBuilder().Insert(0, "data: x\n", 128 * 1024).ToString());
                break;
            case "tool delta":
                await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}}]}""");
                break;
            default:
                await exchange.EventAsync(Wire.Finish(fault));
                break;
        }

        await exchange.CloseAsync();
    }

    private sealed class SlowObserver(FakeTimeProvider clock, TimeSpan each) : IAnswerObserver
    {
        public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
        {
            clock.Advance(each);
            return true;
        }
    }
}
