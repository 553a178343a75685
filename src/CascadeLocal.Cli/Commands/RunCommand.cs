using System.CommandLine;

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
            Description = "A model of the pool, or a GGUF file (default: the cascade over the pool)",
            HelpName = "name|file",
        };
        Option<int?> maxTokens = new Option<int?>("--max-tokens")
        {
            Description = "The most tokens of the answer (default: up to the context)",
            HelpName = "tokens",
        }.From(1);
        command.Arguments.Add(question);
        command.Options.Add(model);
        command.Options.Add(maxTokens);
        SettingsFlags settings = new(command, server: false);
        command.SetAction(async (result, _) =>
        {
            using StopSignals signals = new();
            string? chosen = result.GetValue(model);
            ServerOptions options = Choose(settings, result, chosen);
            ChatSession session = new(options, chosen is null ? null : options.Members[0].Name, result.GetValue(maxTokens));
            return await session.RunAsync(result.GetValue(question), signals);
        });
        return command;
    }

    private static ServerOptions Choose(SettingsFlags settings, ParseResult command, string? model)
    {
        if (model is null)
            return settings.Load(command, []);
        bool isFile = File.Exists(model);
        if (isFile && settings.HasEndpoints(command))
            throw new ConfigurationException($"--member does not go with a file, such as '{model}' of --model: it answers alone.");
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
}
