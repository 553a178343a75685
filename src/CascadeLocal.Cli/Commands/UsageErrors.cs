using System.CommandLine;
using System.CommandLine.Parsing;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Cli.Commands;

/// <summary>Says what is wrong with a command line, and where help is.</summary>
internal static class UsageErrors
{
    /// <summary>The lines for a command line that has errors.</summary>
    public static IEnumerable<string> Of(ParseResult result)
    {
        string[] names = [.. NamesOf(result.CommandResult)];
        Command command = result.CommandResult.Command;
        // What was not recognised explains the rest: the value behind such a flag, or that no command is named.
        string[] unknown = [.. Unknown(command, result.UnmatchedTokens).Select(token => Describe(token, command, names))];
        return [.. unknown.Length > 0 ? unknown : result.Errors.Select(error => error.Message).Distinct(), $"See '{string.Join(' ', names)} --help'."];
    }

    // A mistyped command is all that is said: what follows it was meant for that.
    private static IEnumerable<string> Unknown(Command command, IReadOnlyList<string> tokens) =>
        command.Subcommands.Count > 0 && tokens.Count > 0 && !IsFlag(tokens[0])
            ? [tokens[0]]
            : tokens.Where((token, i) => IsFlag(token) || i == 0 || !IsFlag(tokens[i - 1]));

    private static string Describe(string token, Command command, string[] names)
    {
        bool isFlag = IsFlag(token);
        IEnumerable<string> known = isFlag
            ? command.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name))
            : command.Subcommands.Where(one => !one.Hidden).Select(one => one.Name);
        string name = token.Split('=', 2)[0];
        // Of a few letters one slip is enough to be another word.
        string meant = NearestName.Find(name, known, name.Length < 6 ? 1 : null) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        string kind = isFlag ? "a flag" : command.Subcommands.Count > 0 ? "a command" : "an argument";
        return $"'{token}' is not {kind} of {string.Join(' ', names)}{meant}";
    }

    private static bool IsFlag(string token) => token.StartsWith('-');

    private static IEnumerable<string> NamesOf(CommandResult result) => result.Parent is CommandResult parent
        ? [.. NamesOf(parent), result.Command.Name]
        : ["cascade"];
}
