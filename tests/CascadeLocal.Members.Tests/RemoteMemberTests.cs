using System.Globalization;
using System.Text.Json;

using CascadeLocal.Contracts;
using CascadeLocal.Remote;
using CascadeLocal.Remote.Tests;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>A member elsewhere, at an endpoint that tells log-probabilities and usage as vLLM does, and breaks on demand.</summary>
public sealed class RemoteMemberTests : BreakableMemberContract
{
    private readonly ScriptedEndpoint _endpoint = new() { Chat = AnswerAsync };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _endpoint.DisposeAsync();
    }

    protected override async ValueTask<IMember> StartMemberAsync() => await RemoteMember.ConnectAsync(
        new RemoteMemberOptions
        {
            Name = "strong",
            Url = _endpoint.Url,
            Model = ScriptedEndpoint.Model,
            RetryDelay = TimeSpan.Zero,
            // A machine that is busy is no endpoint that cannot be reached.
            ConnectTimeout = TimeSpan.FromMinutes(1),
        },
        NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken);

    protected override GenerationRequest Whole() => About("whole");

    protected override GenerationRequest Endless(int topic = 0) => About(topic.ToString(CultureInfo.InvariantCulture));

    protected override GenerationRequest Breaking() => About("breaking");

    protected override GenerationRequest Silent() => About("silent");

    protected override IReadOnlyList<(GenerationRequest Request, Type Refusal)> Refused() =>
    [
        (About("full"), typeof(QueueFullException)),
        (About("long"), typeof(ContextLengthExceededException)),
        (About("odd"), typeof(RequestRefusedException)),
        (About("down"), typeof(MemberUnavailableException)),
        (Whole() with { Messages = [], Prompt = new[] { 1, 2 } }, typeof(RequestRefusedException)),
    ];

    [Fact(Timeout = Deadline)]
    public async Task A_token_that_only_usage_tells_of_is_counted_and_is_no_event()
    {
        _endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Tokens("42", "4", "2"));
            await exchange.EventAsync(Wire.Finish());
            await exchange.EventAsync(Wire.Usage(7, 3));
            await exchange.DoneAsync();
        };
        await using IAnswer answer = await StartAsync(Whole());

        Reading reading = await Reading.OfAsync(answer);

        Assert.Equal((2, 3), (reading.Tokens.Count, reading.Result.OutputTokens));
    }

    private static GenerationRequest About(string what) => new() { Messages = [new("user", what)] };

    private static Task AnswerAsync(Exchange exchange)
    {
        JsonElement asked = exchange.Json;
        string topic = asked.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
        return topic switch
        {
            "full" => exchange.JsonAsync(429, """{"error":{"message":"busy"}}""", "Retry-After: 2\r\n"),
            "long" => exchange.JsonAsync(400, """{"error":{"message":"too long","code":"context_length_exceeded"}}"""),
            "odd" => exchange.JsonAsync(400, """{"error":{"message":"what is that"}}"""),
            "down" => exchange.JsonAsync(500, "no"),
            "breaking" => SayAsync(exchange, ["4", "2"], int.MaxValue, [], _ => Task.CompletedTask),
            "silent" => SayAsync(exchange, ["4", "2"], int.MaxValue, [], _ => exchange.ClientLeftAsync()),
            _ => SayAsync(
                exchange,
                topic == "whole" ? ["4", "2"] : Enumerable.Range(0, int.MaxValue).Select(i => FormattableString.Invariant($"{topic}.{i} ")),
                asked.TryGetProperty("max_tokens", out JsonElement limit) ? limit.GetInt32() : int.MaxValue,
                asked.TryGetProperty("stop", out JsonElement stop) ? [.. stop.EnumerateArray().Select(s => s.GetString()!)] : [],
                count => EndAsync(exchange, count + 1, "stop", "null", "<end>")),
        };
    }

    // Its stop strings are whole words, since those are its tokens.
    private static async Task SayAsync(Exchange exchange, IEnumerable<string> words, int limit, string[] stops, Func<int, Task> atTheEnd)
    {
        await exchange.OpenAsync();
        await exchange.EventAsync(Wire.Role);
        int count = 0;
        foreach (string word in words)
        {
            if (stops.Contains(word))
            {
                await EndAsync(exchange, count + 1, "stop", JsonSerializer.Serialize(word), word);
                return;
            }

            await exchange.EventAsync(Wire.Tokens(word, word));
            if (++count == limit)
            {
                await EndAsync(exchange, count, "length", "null");
                return;
            }
        }

        await atTheEnd(count);
    }

    // The token that ends the answer comes without text.
    private static async Task EndAsync(Exchange exchange, int count, string reason, string stop, string? token = null)
    {
        string tokens = token is null ? "null" : $$"""{"content":[{{Wire.Token(token)}}]}""";
        await exchange.EventAsync(
            $$"""{"choices":[{"index":0,"delta":{"content":""},"logprobs":{{tokens}},"finish_reason":"{{reason}}","stop_reason":{{stop}}}]}""");
        await exchange.EventAsync(Wire.Usage(7, count, 3));
        await exchange.DoneAsync();
    }
}
