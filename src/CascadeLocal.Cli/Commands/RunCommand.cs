using System.CommandLine;
using System.Globalization;
using System.Text;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade run: answers one question on the terminal.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Command command = new("run", "Answer one question on the terminal");
        Argument<string> question = new("question") { Description = "What to ask" };
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
        command.SetAction((result, _) => RunAsync(
            Choose(settings, result, result.GetValue(model)), result.GetRequiredValue(question), result.GetValue(maxTokens)));
        return command;
    }

    private static ServerOptions Choose(SettingsFlags settings, ParseResult command, string? model)
    {
        if (model is null)
            return settings.Load(command, []);
        if (File.Exists(model))
            return settings.Load(command, [model]);
        ServerOptions options = settings.Load(command, []);
        MemberOptions[] named = [.. options.Members.Where(m => m.Name == model)];
        if (named.Length == 0)
        {
            string names = string.Join(", ", options.Members.Select(m => m.Name));
            throw new ConfigurationException($"'{model}' is neither a file nor a model of the pool ({names}).");
        }

        return options with { Members = named };
    }

    private static async Task<int> RunAsync(ServerOptions options, string question, int? maxTokens)
    {
        using StopSignals signals = new();
        using LoadedPool loaded = await LoadedPool.LoadAsync(options, signals.Token);
        PoolMember member = loaded.Pool.Strongest ?? throw new CommandFailedException(Reasons(loaded.Pool));
        try
        {
            using IMemberGeneration generation = member.Generate(new MemberRequest
            {
                Messages = [new ChatMessage("user", question)],
                MaxTokens = maxTokens,
                Sampling = member.ResolveSampling(new()),
            });
            await PrintAsync(generation, signals.Token);
            await Console.Error.WriteLineAsync(Summarize(member.Name, generation.Result));
            return 0;
        }
        catch (Exception e) when (e is EngineException or ContextLengthExceededException or ChatTemplateException)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    private static async Task PrintAsync(IMemberGeneration generation, CancellationToken cancellationToken)
    {
        // The terminal's encoding follows the locale, and in a bare container that is ASCII.
        await using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
        await foreach (GenerationChunk chunk in generation.ReadAllAsync(cancellationToken))
            await output.WriteAsync(chunk.Text);
        await output.WriteLineAsync();
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

    private static string Reasons(ModelPool pool) =>
        string.Join(Environment.NewLine, pool.Members.Select(m => $"{m.Name}: {m.FailureReason}"));
}
