using System.Globalization;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Configuration;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Cli.Commands;

/// <summary>
/// cascade run: one question, or a conversation, answered by the whole cascade. Its lines come from standard input and answers go to
/// standard output, so that a script can hold one; all else is written to standard error.
/// </summary>
/// <param name="options">The pool and its policy.</param>
/// <param name="member">The member that answers everything; null for the cascade.</param>
/// <param name="maxTokens">The most tokens of an answer; null is up to the context.</param>
internal sealed class ChatSession(ServerOptions options, string? member, int? maxTokens)
{
    private const string Commands = "/new begins anew, /members shows who answers, /why explains the last answer, /exit ends; Ctrl-C stops an answer.";

    private readonly List<ChatMessage> _turns = [];
    private CascadeOutcome? _last;
    private bool _hasFailed;

    /// <summary>Answers the question; without one, talks until the input ends.</summary>
    /// <returns>The exit code: 1 where the questions were not typed and one of them was not answered, else 0.</returns>
    /// <exception cref="CommandFailedException">No model could be loaded, or the question was not answered.</exception>
    /// <exception cref="ConfigurationException">There was no question and nothing on standard input.</exception>
    public async Task<int> RunAsync(string? question, StopSignals signals)
    {
        using TextReader? input = question is null ? TerminalText.Input() : null;
        string? line = input is null ? question : Console.IsInputRedirected ? await ReadLineAsync(input, signals.Token) : "";
        if (line is null)
            throw new ConfigurationException("There is no question: give one, or type them in a terminal.");
        using LoadedPool loaded = await LoadedPool.LoadAsync(options, signals.Token);
        loaded.RequireStrongest();
        ModelPool pool = loaded.Pool;
        using EmbedderHost embedders = new(() => TextEmbedder.Load(options.Embedder));
        using PolicyHost policies = new(pool, options.Policy, embedders, NullLogger.Instance);
        await policies.StartAsync(signals.Token);
        if (member is null)
            await TellLackAsync(pool, policies);
        await using CascadeRunner runner = new(
            pool, policies, options.Conversation, options.Cascade, options.MaxQueue, new ObserverList(), NullLogger.Instance);
        if (input is null)
            return await AskAsync(line, runner, CancellationToken.None, signals.Token) is { } failure ? throw new CommandFailedException(failure) : 0;

        if (!Console.IsInputRedirected)
            await Console.Error.WriteLineAsync($"{string.Join(", ", pool.Members.Select(m => m.Name))}. Ask anything. {Commands}");

        for (; line?.Trim() is { } text && text is not ("/exit" or "/quit" or "/bye"); line = await PromptAsync(input, signals.Token))
        {
            if (text.Length > 0)
                await HandleAsync(text, runner, pool, signals);
        }

        return _hasFailed && Console.IsInputRedirected ? 1 : 0;
    }

    // Without it the answers are there, but others than were configured.
    private static async Task TellLackAsync(ModelPool pool, PolicyHost policies)
    {
        foreach (PoolMember failed in pool.Members.Where(each => each.FailureReason is not null))
            await Console.Error.WriteLineAsync($"{failed.Name}: {failed.FailureReason}");
        if (policies.Refusal is { } refusal)
            await Console.Error.WriteLineAsync($"The policy is refused, so the strongest member answers: {refusal}");
    }

    private static async Task<string?> PromptAsync(TextReader input, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected)
            return await ReadLineAsync(input, cancellationToken);
        await Console.Error.WriteAsync("> ");
        try
        {
            return await ReadLineAsync(input, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Whoever types Ctrl-C where a line is asked for has no more to say.
            await Console.Error.WriteLineAsync();
            return null;
        }
    }

    // The stream looks at a token before it reads and no more; whoever is told to stop leaves it to its reading.
    private static Task<string?> ReadLineAsync(TextReader input, CancellationToken cancellationToken) =>
        Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);

    private async Task HandleAsync(string text, CascadeRunner runner, ModelPool pool, StopSignals signals)
    {
        switch (text)
        {
            case "/new":
                _turns.Clear();
                break;
            case "/members":
                foreach (PoolMember each in pool.Members)
                    await Console.Error.WriteLineAsync(Describe(each));
                break;
            case "/why":
                await Console.Error.WriteLineAsync(_last is null ? "Nothing was answered yet." : Explain(_last));
                break;
            case ['/', _, ..] when text.AsSpan(1).IndexOfAnyExceptInRange('a', 'z') < 0:
                await Console.Error.WriteLineAsync(Commands);
                break;
            default:
                // Of somebody who types Ctrl-C ends the answer, of a script everything.
                CancellationToken enough = Console.IsInputRedirected ? CancellationToken.None : signals.BeginPart();
                string? failure = await AskAsync(text, runner, enough, signals.Token);
                signals.EndPart();
                if (failure is not null)
                {
                    _hasFailed = true;
                    await Console.Error.WriteLineAsync(failure);
                }

                break;
        }
    }

    // Why there is no answer, or null.
    private async Task<string?> AskAsync(string question, CascadeRunner runner, CancellationToken enough, CancellationToken stop)
    {
        _turns.Add(new("user", question));
        await using TerminalClient client = new(new()
        {
            Id = Guid.NewGuid().ToString("N"), Member = member, Messages = [.. _turns], MaxTokens = maxTokens, Streams = true,
        });
        try
        {
            await runner.AnswerAsync(client, enough, stop);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync();
            // What was said stays said.
            if (client.Answer.Length > 0)
                _turns.Add(new("assistant", client.Answer));
            else
                _turns.RemoveAt(_turns.Count - 1);
            return null;
        }
        catch (Exception e) when (e is MemberException or NoMemberException or RequestTooLongException)
        {
            _turns.RemoveAt(_turns.Count - 1);
            return e is RequestTooLongException && _turns.Count > 0 ? $"{e.Message} /new begins anew." : e.Message;
        }

        _last = client.Outcome!;
        _turns.Add(new("assistant", client.Answer));
        await Console.Error.WriteLineAsync(Summarize(_last));
        return null;
    }

    private static string Describe(PoolMember member)
    {
        if (member.Capabilities is not { } can)
            return $"{member.Name}: {member.FailureReason ?? "not loaded"}";
        string parameters = can.ParameterCount is { } count ? $", {Quantity.Format(count, "")} parameters" : "";
        return Text($"{member.Name}: {can.Model}{parameters}, context {can.ContextLength}{(can.ChatProblem is { } problem ? $"; {problem}" : "")}");
    }

    private static string Summarize(CascadeOutcome outcome)
    {
        string verdicts = outcome.Verdicts.Count == 0 ? "not judged" : string.Join(", ", outcome.Verdicts.Select(Describe));
        return Text($"[{outcome.Member}: {verdicts}; {outcome.Duration.TotalMilliseconds:0} ms]");
    }

    private static string Describe(CascadeVerdict verdict) => verdict.AcceptProbability is { } probability
        ? Text($"{verdict.Member} {(verdict.Accepted ? "accepted" : "rejected")} at {probability:0.00}")
        : $"{verdict.Member} {(verdict.Accepted ? "accepted" : "rejected")}";

    private static string Explain(CascadeOutcome outcome)
    {
        CascadeDecision decision = outcome.Decision;
        List<string> lines =
        [
            decision.Cluster is { } cluster ? $"cluster {cluster}, whose member is {decision.StageOneMember}" : $"no cluster: {decision.Reason}",
            $"asked: {string.Join(", ", outcome.Path)}",
        ];
        foreach (CascadePass pass in outcome.Passes)
        {
            string tpot = pass.Result.TimePerOutputToken is { } time ? Text($", TPOT {time.TotalMilliseconds:0.00} ms") : "";
            lines.Add(Text($"{pass.Member}: {pass.Result.PromptTokens} + {pass.Result.OutputTokens} tokens, TTFT {pass.Result.TimeToFirstToken.TotalMilliseconds:0.0} ms{tpot}"));
        }

        foreach (CascadeVerdict verdict in outcome.Verdicts)
        {
            string target = verdict is { TargetProbability: { } stronger, EscalatesTo: { } to } ? Text($", while {to} would be right at {stronger:0.00}") : "";
            lines.Add($"{Describe(verdict)} after {verdict.OutputTokens} tokens{(verdict.Early ? ", before its end" : "")}{target}");
        }

        lines.Add($"promise: {outcome.Guarantee}{(outcome.Guarantee.Reason is { } reason ? $" ({reason})" : "")}");
        return string.Join(Environment.NewLine, lines);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
