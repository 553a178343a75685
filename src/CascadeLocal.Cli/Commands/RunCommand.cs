using System.CommandLine;
using System.Globalization;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade run: answers one question on the terminal, or, without one, holds a conversation.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Command command = new("run", "Answer one question on the terminal, or hold a conversation");
        Argument<string?> question = new("question") { Description = "What to ask (default: a conversation)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> model = new("--model")
        {
            Description = "A model of the pool, or a GGUF file (default: the strongest of the pool)",
            HelpName = "name|file",
        };
        Option<int?> maxTokens = new("--max-tokens")
        {
            Description = "The most tokens of the answer (default: up to the context)",
            HelpName = "tokens",
        };
        maxTokens.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError("--max-tokens must be at least 1.");
        });
        command.Arguments.Add(question);
        command.Options.Add(model);
        command.Options.Add(maxTokens);
        SettingsFlags settings = new(command, server: false);
        command.SetAction(async (result, _) =>
        {
            using StopSignals signals = new();
            ServerOptions options = Choose(settings, result, result.GetValue(model));
            return result.GetValue(question) is { } asked
                ? await RunAsync(options, asked, result.GetValue(maxTokens), signals)
                : await new ChatSession(options, result.GetValue(model) is null ? null : options.Members[0].Name, result.GetValue(maxTokens)).RunAsync(signals);
        });
        return command;
    }

    private static ServerOptions Choose(SettingsFlags settings, ParseResult command, string? model)
    {
        if (model is null)
            return settings.Load(command, []);
        bool isFile = File.Exists(model);
        ServerOptions options = settings.Load(command, isFile ? [model] : []);
        if (isFile)
            return options with { Members = [options.Members[0]] };
        MemberOptions[] named = [.. options.Members.Where(m => m.Name == model)];
        if (named.Length == 0)
        {
            string names = string.Join(", ", options.Members.Select(m => m.Name));
            throw new ConfigurationException($"'{model}' is neither a file nor a model of the pool ({names}).");
        }

        return options with { Members = named };
    }

    private static async Task<int> RunAsync(ServerOptions options, string question, int? maxTokens, StopSignals signals)
    {
        using LoadedPool loaded = await LoadedPool.LoadAsync(options, signals.Token);
        PoolMember member = loaded.RequireStrongest();
        try
        {
            using MemberLease lease = member.Lease();
            GenerationRequest request = new() { Messages = [new ChatMessage("user", question)], MaxTokens = maxTokens, Streams = true };
            await using IAnswer answer = await lease.StartAsync(request, observer: null, signals.Token);
            await Console.Error.WriteLineAsync(Summarize(member.Name, await PrintAsync(answer, signals.Token)));
            return 0;
        }
        catch (MemberException e)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    private static async Task<GenerationResult> PrintAsync(IAnswer answer, CancellationToken cancellationToken)
    {
        await using StreamWriter output = TerminalText.Output();
        GenerationResult? result = null;
        await foreach (AnswerEvent next in answer.ReadAllAsync(cancellationToken))
        {
            if (next.IsToken)
                await output.WriteAsync(answer.TextOf(next));
            else
                result = next.Failure is { } failure ? throw failure : next.Result;
        }

        await output.WriteLineAsync();
        return result!;
    }

    private static string Summarize(string member, GenerationResult result)
    {
        string tpot = result.TimePerOutputToken is { } time
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms")
            : "undefined";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{member}: {result.PromptTokens} + {result.OutputTokens} tokens, TTFT {result.TimeToFirstToken.TotalMilliseconds:0.0} ms, TPOT {tpot}");
    }
}
