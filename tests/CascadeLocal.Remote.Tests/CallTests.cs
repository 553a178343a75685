using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>Calls of functions come with names of their own, and stand in the text between characters that no text holds.</summary>
public sealed class CallTests
{
    private static readonly ToolDefinition Add = new("add", null, """{"type":"object"}""");

    [Fact(Timeout = Remote.Deadline)]
    public async Task Calls_stand_in_the_text_by_their_fields()
    {
        ReadAnswer answer = await AskAsync(
            Wire.Text("Let me see."),
            Call(0, "c1", "add", ""), Call(0, null, null, "{\"a\""), Call(0, null, null, ":1}"), Call(1, "c2", "add", "{}"));

        Assert.Equal("Let me see.\uFDD0add\uFDD1c1\uFDD2{\"a\":1}\uFDD3\uFDD0add\uFDD1c2\uFDD2{}", answer.Text);
        Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Text_never_passes_for_a_call()
    {
        ReadAnswer answer = await AskAsync(Wire.Text("a\uFDD0add\uFDD1\uFDD2{}\uFDD3b"), Call(0, "c\uFDD2", "add", "{}\uFDD3"));

        Assert.Equal("aadd{}b\uFDD0add\uFDD1c\uFDD2{}", answer.Text);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_call_that_had_ended_is_not_gone_on_with()
    {
        ReadAnswer answer = await AskAsync(Call(0, "c1", "add", "{}"), Call(1, "c2", "add", "{}"), Call(0, "c1", "add", "{}"));

        Assert.Equal("'strong' goes back to a call that it had ended.", answer.Failure);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Text_of_the_same_chunk_comes_before_its_call()
    {
        ReadAnswer answer = await AskAsync(
            """{"choices":[{"index":0,"delta":{"content":"Let me see.","tool_calls":[{"index":0,"id":"c1","function":{"name":"add","arguments":"{}"}}]}}]}""");

        Assert.Equal("Let me see.\uFDD0add\uFDD1c1\uFDD2{}", answer.Text);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_after_a_call_ends_it(bool hasSignals)
    {
        ReadAnswer answer = await AskAsync(
            Call(0, "c1", "add", "{}"), hasSignals ? Wire.Tokens("Done.", "Do", "ne.") : Wire.Text("Done."), Call(1, "c2", "add", "{}"));

        Assert.Equal("\uFDD0add\uFDD1c1\uFDD2{}\uFDD3Done.\uFDD0add\uFDD1c2\uFDD2{}", answer.Text);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Arguments_of_another_call_than_the_last_are_not_given_to_that(int index)
    {
        ReadAnswer answer = await AskAsync(Call(0, "c1", "add", ""), Call(1, "c2", "add", ""), Call(index, null, null, "{}"));

        Assert.Equal("'strong' goes on with a call that is not the last it began.", answer.Failure);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Arguments_behind_text_are_of_no_call()
    {
        ReadAnswer answer = await AskAsync(Call(0, "c1", "add", "{"), Wire.Text("Hm."), Call(0, null, null, "}"));

        Assert.Equal("'strong' goes on with a call that is not the last it began.", answer.Failure);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_call_where_none_may_be_made_is_no_answer()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();

        ReadAnswer answer = await AskAsync(endpoint, member, new(ToolChoiceKind.None), Call(0, "c1", "add", "{}"));

        Assert.Equal("'strong' calls a function, though none may be called.", answer.Failure);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task What_was_thought_in_an_earlier_turn_goes_with_it()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await member.ReadAsync(new() { Messages = [new("user", "a"), new("assistant", "b") { Reasoning = "Hm." }, new("user", "c")] });

        System.Text.Json.JsonElement messages = endpoint.Asked.Last().Json.GetProperty("messages");
        Assert.Equal("Hm.", messages[1].GetProperty("reasoning_content").GetString());
        Assert.False(messages[0].TryGetProperty("reasoning_content", out _));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task What_limits_calls_and_ends_is_passed_on()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await member.ReadAsync(Remote.Ask() with { Tools = [Add], ParallelToolCalls = false, MinTokens = 3, StopTokens = [7] });

        Assert.False(endpoint.Asked.Last().Json.GetProperty("parallel_tool_calls").GetBoolean());
        Assert.Equal(3, endpoint.Asked.Last().Json.GetProperty("min_tokens").GetInt32());
        Assert.Equal(7, endpoint.Asked.Last().Json.GetProperty("stop_token_ids")[0].GetInt32());
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_answer_that_only_calls_says_nothing_of_the_signals_that_its_endpoint_gives()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();

        await AskAsync(endpoint, member, ToolChoice.Auto, Call(0, "c1", "add", "{}"));

        Assert.Null(member.Identity.Changed);
    }

    private static async Task<ReadAnswer> AskAsync(params string[] events)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        return await AskAsync(endpoint, member, ToolChoice.Auto, events);
    }

    private static async Task<ReadAnswer> AskAsync(ScriptedEndpoint endpoint, RemoteMember member, ToolChoice choice, params string[] events)
    {
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            foreach (string chunk in events)
                await exchange.EventAsync(chunk);
            await exchange.EventAsync(Wire.Finish("tool_calls"));
            await exchange.EventAsync("[DONE]");
            await exchange.CloseAsync();
        };
        return await member.ReadAsync(Remote.Ask() with { Tools = [Add], ToolChoice = choice });
    }

    private static string Call(int index, string? id, string? name, string arguments)
    {
        string function = System.Text.Json.JsonSerializer.Serialize(new { name, arguments });
        string call = System.Text.Json.JsonSerializer.Serialize(new { index, id, type = "function" });
        return $$"""{"choices":[{"index":0,"delta":{"tool_calls":[{{call[..^1]}},"function":{{function}}}]},"finish_reason":null}]}""";
    }
}
