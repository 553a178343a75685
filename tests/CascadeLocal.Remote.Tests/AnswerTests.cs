using System.Text;

using CascadeLocal.Contracts;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>An answer over the wire is a stream of events like a local one's.</summary>
public sealed class AnswerTests
{
    [Fact(Timeout = Remote.Deadline)]
    public async Task Each_token_is_an_event_though_a_chunk_holds_several()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(["One", ",", " two"], answer.Pieces);
        Assert.Equal("One, two", answer.Text);
        Assert.All(answer.Tokens, token => Assert.Equal(TokenSignals.FromCandidates(-0.5f, [-0.5f, -1.5f, -2.5f, -3.5f, -4.5f]), token.Signals));
        Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
        Assert.Equal((12, 8, 4), (answer.Result.PromptTokens, answer.Result.CachedTokens, answer.Result.OutputTokens));
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(3, 3)]
    [InlineData(9, 4)]
    [InlineData(-1, 0)]
    public async Task Thought_tokens_are_those_that_the_endpoint_counts_and_no_more_than_all(int told, int counted)
    {
        await using ScriptedEndpoint endpoint = new()
        {
            Chat = async exchange =>
            {
                await exchange.OpenAsync();
                await exchange.EventAsync(Wire.Text("Two."));
                await exchange.EventAsync(Wire.Finish());
                await exchange.EventAsync(Wire.Usage(12, 4, thought: told));
                await exchange.DoneAsync();
            },
        };
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.Equal((4, counted), ((await member.ReadAsync()).Result.OutputTokens, (await member.ReadAsync()).Result.ReasoningTokens));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Candidates_are_there_where_they_were_asked_for_the_best_first()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.All((await member.ReadAsync()).Tokens, token => Assert.Null(token.Candidates));
        Assert.All((await member.ReadAsync(Remote.Ask() with { TopCandidates = 0 })).Tokens, token => Assert.Single(token.Candidates!));
        ReadAnswer answer = await member.ReadAsync(Remote.Ask() with { TopCandidates = 2 });
        Assert.Equal([new("One", -0.5f), new("One", -0.5f), new TokenCandidate("x", -1.5f)], answer.Tokens[0].Candidates!);
        Assert.Equal(5, endpoint.Asked.Last().Json.GetProperty("top_logprobs").GetInt32());
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_request_that_wants_more_candidates_has_the_same_signals()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        ReadAnswer answer = await member.ReadAsync(Remote.Ask() with { TopCandidates = 7 });
        Assert.Equal(7, endpoint.Asked.Last().Json.GetProperty("top_logprobs").GetInt32());
        Assert.Equal(1 + 7, answer.Tokens[0].Candidates!.Count);
        Assert.Equal((await member.ReadAsync()).Tokens[0].Signals, answer.Tokens[0].Signals);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Without_log_probabilities_each_chunk_is_an_event_without_signals()
    {
        await using ScriptedEndpoint endpoint = new() { Chat = AnswerPlainly };
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.Equal(SignalKind.None, member.Capabilities.Signals);
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(["Hello", " there"], answer.Pieces);
        Assert.All(answer.Tokens, token => Assert.Null(token.Signals));
        Assert.Equal((0, 0, 2), (answer.Result.PromptTokens, answer.Result.CachedTokens, answer.Result.OutputTokens));
        Assert.False(endpoint.Asked.Last().Json.TryGetProperty("logprobs", out _));
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("stop", FinishReason.Stop)]
    [InlineData("length", FinishReason.Length)]
    public async Task A_stream_that_finishes_and_ends_without_DONE_is_whole(string reason, FinishReason expected)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("All."));
            await exchange.EventAsync(Wire.Finish(reason));
        };
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(("All.", expected, 1), (answer.Text, answer.Result.FinishReason, answer.Result.OutputTokens));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Characters_that_are_cut_anywhere_on_the_wire_arrive_whole()
    {
        const string Text = "Grüße, 世界 👩‍🚀!";
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        byte[] stream = Encoding.UTF8.GetBytes($"data: {Wire.Role}\n\n"
            + $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{Text}}}"}}]}""" + $"\r\n\r\n: still here\n\ndata: {Wire.Finish()}\n\ndata: [DONE]\n\n");
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            for (int at = 0; at < stream.Length; at++)
                await exchange.SendAsync(stream.AsMemory(at, 1));
            await exchange.CloseAsync();
        };
        Assert.Equal(Text, (await member.ReadAsync()).Text);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Thinking_is_counted_and_is_no_text()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}""");
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"reasoning":"Hm."}}]}""");
            await exchange.EventAsync(Wire.Text("Yes."));
            await exchange.EventAsync(Wire.Finish());
            await exchange.DoneAsync();
        };
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal(["", "", "Yes."], answer.Pieces);
        Assert.Equal(3, answer.Result.OutputTokens);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(1002, 1000, false, 1000)]
    [InlineData(2, 1, false, 0)]
    [InlineData(1002, 1000, true, 0)]
    public async Task What_was_thought_unseen_took_none_of_the_time_between_tokens(int output, int thought, bool shows, int unseen)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            if (shows)
                await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}""");
            await exchange.EventAsync(Wire.Text("a"));
            await exchange.EventAsync(Wire.Text("b"));
            await exchange.EventAsync(Wire.Finish());
            await exchange.EventAsync(Wire.Usage(12, output, thought: thought));
            await exchange.DoneAsync();
        };

        GenerationResult result = (await member.ReadAsync()).Result;

        Assert.Equal((output, unseen, output - unseen - 1d), (result.OutputTokens, result.UnseenTokens, result.Gaps));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task The_prompt_of_an_answer_that_was_not_counted_is_as_long_as_those_before()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await using IAnswer answer = await member.StartAsync(Remote.Ask(), null, Remote.Token);
        Assert.True(await answer.WaitAsync(Remote.Token));
        int asked = endpoint.Asked.First().Body.Length;
        int counted = (await member.ReadAsync()).Result.PromptTokens;
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("a"));
            await exchange.EventAsync(Wire.Finish());
            await exchange.DoneAsync();
        };

        int guessed = (await member.ReadAsync(Remote.Ask(new string('x', 50 * asked)))).Result.PromptTokens;

        Assert.Equal(12, counted);
        Assert.InRange(guessed, 10 * counted, 100 * counted);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Times_run_from_sending_to_the_first_and_to_the_last_token()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(clock: clock);
        Gate first = new(), second = new(), end = new();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            foreach ((Gate gate, string data) in new[] { (first, Wire.Text("a")), (second, Wire.Text("b")), (end, Wire.Finish()) })
            {
                await gate.WaitAsync();
                await exchange.EventAsync(data);
            }

            await exchange.DoneAsync();
        };
        await using IAnswer answer = await member.StartAsync(Remote.Ask(), null, Remote.Token);
        foreach (Gate gate in new[] { first, second })
        {
            clock.Advance(TimeSpan.FromMilliseconds(300));
            gate.Open();
            Assert.True(await answer.WaitAsync(Remote.Token));
            Assert.True(answer.TryRead(out AnswerEvent token) && token.IsToken);
        }

        clock.Advance(TimeSpan.FromMilliseconds(300));
        end.Open();
        GenerationResult result = await answer.FinishAsync(Remote.Token);
        Assert.Equal((TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(600)), (result.TimeToFirstToken, result.EndToEnd));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_rejecting_observer_ends_the_answer_with_that_token_and_the_endpoint_sees_the_connection_close()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = StreamUntilClientLeaves;
        RejectingObserver observer = new(3);
        ReadAnswer answer = await member.ReadAsync(observer: observer);
        Assert.Equal(["tick ", "tick tick ", "tick tick tick "], observer.Seen);
        Assert.Equal("tick tick tick ", answer.Text);
        Assert.Equal((FinishReason.Cancelled, 3), (answer.Result.FinishReason, answer.Result.OutputTokens));
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_stop_ends_a_silent_answer_at_once_as_cancelled()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("So "));
            await exchange.ClientLeftAsync();
        };
        await using IAnswer answer = await member.StartAsync(Remote.Ask(), null, Remote.Token);
        Assert.True(await answer.WaitAsync(Remote.Token));
        answer.Stop();
        answer.Stop();
        ReadAnswer read = await answer.ReadWholeAsync();
        Assert.Equal(("So ", FinishReason.Cancelled), (read.Text, read.Result.FinishReason));
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
        Assert.False(await answer.WaitAsync(Remote.Token));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_stop_after_the_end_changes_nothing()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await using RemoteAnswer answer = (RemoteAnswer)await member.StartAsync(Remote.Ask(), null, Remote.Token);
        await answer.Reading;
        answer.Stop();
        Assert.Equal(FinishReason.Stop, (await answer.ReadWholeAsync()).Result.FinishReason);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_disposed_answer_leaves_no_task_and_no_slot_taken()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = StreamUntilClientLeaves;
        RemoteAnswer answer = (RemoteAnswer)await member.StartAsync(Remote.Ask(), null, Remote.Token);
        Assert.Equal(new MemberLoad(0, 1), member.Load);
        await answer.DisposeAsync();
        Assert.True(answer.Reading.IsCompletedSuccessfully);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_answer_that_nobody_reads_ends_as_cancelled_and_holds_no_more_than_the_bound()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { ContextLength = 1_000_000 });
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            string many = string.Concat(Enumerable.Repeat($"data: {Wire.Text("x")}\n\n", 1000));
            while (true)
                await exchange.SendAsync(many);
        };
        await using RemoteAnswer answer = (RemoteAnswer)await member.StartAsync(Remote.Ask(), null, Remote.Token);
        await answer.Reading.WaitAsync(Remote.Token);
        ReadAnswer read = await answer.ReadWholeAsync();
        Assert.Equal(FinishReason.Cancelled, read.Result.FinishReason);
        Assert.Equal(RemoteAnswer.MaxUnread, read.Tokens.Count);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_goes_on_beyond_the_limit_is_cut_as_length()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = StreamUntilClientLeaves;
        ReadAnswer answer = await member.ReadAsync(Remote.Ask() with { MaxTokens = 4 });
        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
        Assert.InRange(answer.Tokens.Count, 4, 20);
        await endpoint.Asked.Last().Ended.Task.WaitAsync(Remote.Token);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task The_stop_string_is_named_where_the_endpoint_names_it()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("a"));
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":"###"}]}""");
            await exchange.DoneAsync();
        };
        Assert.Equal("###", (await member.ReadAsync(Remote.Ask() with { Stop = ["###"] })).Result.StopString);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_connection_whose_answer_ended_properly_serves_the_next_request()
    {
        await using ScriptedEndpoint endpoint = new()
        {
            List = exchange => Kept(exchange, kept => kept.JsonAsync(200, ScriptedEndpoint.Models)),
            Chat = exchange => Kept(exchange, Wire.AnswerWell),
        };
        using RemoteMember member = await endpoint.ConnectAsync();
        for (int i = 0; i < 5; i++)
            Assert.Equal("One, two", (await member.ReadAsync()).Text);
        // A connection that is slow to come to its end is closed, which is no fault.
        Assert.InRange(endpoint.Connections, 1, 4);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_removed_member_fails_what_runs_and_takes_nothing_more()
    {
        await using ScriptedEndpoint endpoint = new();
        RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = StreamUntilClientLeaves;
        await using IAnswer answer = await member.StartAsync(Remote.Ask(), null, Remote.Token);
        Assert.True(await answer.WaitAsync(Remote.Token));
        member.Dispose();
        Assert.Equal("'strong' is being removed.", (await answer.ReadWholeAsync()).Failure);
        Assert.Equal(RemoteCircuitState.Closed, member.Circuit.State);
        Assert.Null(member.Circuit.LastError);
        await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
    }

    private static Task Kept(Exchange exchange, Func<Exchange, Task> answer)
    {
        exchange.Keep = true;
        return answer(exchange);
    }

    private static async Task AnswerPlainly(Exchange exchange)
    {
        await exchange.OpenAsync();
        await exchange.EventAsync(Wire.Role);
        await exchange.EventAsync(Wire.Text("Hello"));
        await exchange.EventAsync(Wire.Text(" there"));
        await exchange.EventAsync(Wire.Finish());
        await exchange.DoneAsync();
    }

    private static async Task StreamUntilClientLeaves(Exchange exchange)
    {
        await exchange.OpenAsync();
        Task left = exchange.ClientLeftAsync();
        try
        {
            while (!left.IsCompleted)
            {
                await exchange.EventAsync(Wire.Text("tick "));
                await Task.WhenAny(left, Task.Delay(1, exchange.Closing));
            }
        }
        catch (IOException)
        {
        }

        await left;
    }
}

/// <summary>Holds a script until the test opens it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    public Task WaitAsync() => _open.Task.WaitAsync(Remote.Token);
}
