using CascadeLocal.Contracts;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>The double that other tests stand on behaves as a real member does.</summary>
public sealed class ScriptedMemberTests : BreakableMemberContract
{
    protected override ValueTask<IMember> StartMemberAsync() => new(new ScriptedMember { Answer = Script });

    protected override GenerationRequest Whole() => About("whole");

    protected override GenerationRequest Endless(int topic = 0) => About(topic.ToString(System.Globalization.CultureInfo.InvariantCulture));

    protected override GenerationRequest Breaking() => About("breaking");

    protected override GenerationRequest Silent() => About("silent");

    protected override IReadOnlyList<(GenerationRequest Request, Type Refusal)> Refused() =>
        [(About("full"), typeof(QueueFullException)), (About("long"), typeof(ContextLengthExceededException))];

    [Fact(Timeout = Deadline)]
    public async Task An_answer_ends_although_its_script_heeds_no_stop()
    {
        TaskCompletionSource go = new();
        using ScriptedMember member = new() { Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "a", "b") };
        await using IAnswer answer = await member.StartAsync(Whole(), null, TestContext.Current.CancellationToken);
        Assert.True(await answer.WaitAsync(TestContext.Current.CancellationToken));

        answer.Stop();

        Reading reading = await Reading.OfAsync(answer);
        Assert.Equal(("a", FinishReason.Cancelled), (reading.Text, reading.Result.FinishReason));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_answer_ends_within_one_token_although_its_script_never_waits()
    {
        Watcher watcher = new() { HoldAt = 3 };
        using ScriptedMember member = new() { Answer = _ => new(_ => Enumerable.Repeat("a", int.MaxValue).ToAsyncEnumerable()) };
        await using IAnswer answer = await member.StartAsync(Whole(), watcher, TestContext.Current.CancellationToken);
        await watcher.HeldAsync();

        answer.Stop();
        watcher.LetGo();

        Assert.Equal(("aaa", 3), ((await Reading.OfAsync(answer)).Text, watcher.Seen.Count));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_script_throws_is_a_failure()
    {
        using ScriptedMember member = new() { Answer = _ => new(_ => throw new InvalidOperationException("wrong")) };
        await using IAnswer answer = await member.StartAsync(Whole(), null, TestContext.Current.CancellationToken);

        Assert.Equal("wrong", Assert.IsType<EngineException>((await Reading.OfAsync(answer)).End.Failure).Message);
    }

    private static GenerationRequest About(string what) => new() { Messages = [new("user", what)] };

    private static ScriptedAnswer Script(GenerationRequest request)
    {
        string topic = request.Messages[^1].Content;
        return topic switch
        {
            "whole" => new("4", "2", ""),
            "breaking" => ScriptedAnswer.Failing("4", "2"),
            "silent" => ScriptedAnswer.Endless("4", "2"),
            "full" => throw new QueueFullException(1),
            "long" => throw new ContextLengthExceededException(99, 100),
            _ when StopOf(topic, request.Stop) is (int before, string stop) =>
                new([.. Enumerable.Range(0, before).Select(i => Word(topic, i)), ""]) { StopString = stop },
            _ => new(stop => Forever(topic, stop)),
        };
    }

    // Its stop strings are whole words, since those are its tokens.
    private static (int Before, string Stop)? StopOf(string topic, IReadOnlyList<string> stops) => Enumerable.Range(0, 20)
        .Where(i => stops.Contains(Word(topic, i)))
        .Select(i => ((int, string)?)(i, Word(topic, i)))
        .FirstOrDefault();

    private static string Word(string topic, int i) => FormattableString.Invariant($"{topic}.{i} ");

    private static async IAsyncEnumerable<string> Forever(
        string topic, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        for (int i = 0; ; i++)
        {
            await Task.Yield();
            stop.ThrowIfCancellationRequested();
            yield return Word(topic, i);
        }
    }
}
