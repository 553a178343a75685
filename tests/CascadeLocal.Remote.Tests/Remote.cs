using System.Collections.Concurrent;

using CascadeLocal.Contracts;

using Microsoft.Extensions.Logging;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>What the tests have in common.</summary>
internal static class Remote
{
    /// <summary>When a test counts as hung, in milliseconds; nothing is measured by it.</summary>
    public const int Deadline = 120_000;

    public const string Key = "sk-very-secret-4711";

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static RemoteMemberOptions Options(ScriptedEndpoint endpoint) => new()
    {
        Name = "strong",
        Url = endpoint.Url,
        Model = ScriptedEndpoint.Model,
        RetryDelay = TimeSpan.Zero,
        // A machine that is busy is no endpoint that cannot be reached.
        ConnectTimeout = TimeSpan.FromMinutes(1),
    };

    public static Task<RemoteMember> ConnectAsync(
        this ScriptedEndpoint endpoint, Func<RemoteMemberOptions, RemoteMemberOptions>? change = null, ILogger? logger = null, TimeProvider? clock = null)
    {
        RemoteMemberOptions options = Options(endpoint);
        return RemoteMember.ConnectAsync(change?.Invoke(options) ?? options, logger ?? new LogKeeper(), clock ?? TimeProvider.System, Token);
    }

    public static GenerationRequest Ask(string text = "Count.") => new() { Messages = [new ChatMessage("user", text)] };

    /// <summary>Starts an answer and reads all of it: its tokens and its end.</summary>
    public static async Task<ReadAnswer> ReadAsync(this RemoteMember member, GenerationRequest? request = null, IAnswerObserver? observer = null)
    {
        await using IAnswer answer = await member.StartAsync(request ?? Ask(), observer, Token);
        return await answer.ReadWholeAsync();
    }

    public static async Task<ReadAnswer> ReadWholeAsync(this IAnswer answer)
    {
        List<AnswerEvent> tokens = [];
        List<string> pieces = [];
        AnswerEvent? end = null;
        while (await answer.WaitAsync(Token))
        {
            while (answer.TryRead(out AnswerEvent next))
            {
                Assert.Null(end);
                if (!next.IsToken)
                {
                    end = next;
                    continue;
                }

                tokens.Add(next);
                pieces.Add(answer.TextOf(next));
            }
        }

        Assert.NotNull(end);
        string text = answer.Text.ToString();
        Assert.Equal(text, string.Concat(pieces));
        return new ReadAnswer(text, pieces, tokens, end.Value);
    }
}

/// <summary>An answer that was read to its end.</summary>
internal sealed record ReadAnswer(string Text, IReadOnlyList<string> Pieces, IReadOnlyList<AnswerEvent> Tokens, AnswerEvent End)
{
    public GenerationResult Result => End.Result ?? throw new InvalidOperationException(End.Failure!.Message);

    public string Failure => Assert.IsType<EngineException>(End.Failure).Message;
}

/// <summary>Keeps what is logged.</summary>
internal sealed class LogKeeper : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
}

/// <summary>Rejects an answer at its n-th token, and keeps what it saw.</summary>
internal sealed class RejectingObserver(int at) : IAnswerObserver
{
    public List<string> Seen { get; } = [];

    public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
    {
        Seen.Add(text.ToString());
        return Seen.Count < at;
    }
}
