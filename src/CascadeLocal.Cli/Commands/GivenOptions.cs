using System.CommandLine;
using System.CommandLine.Parsing;

namespace CascadeLocal.Cli.Commands;

/// <summary>Which options a command line has. None that would do nothing is taken without a word.</summary>
internal static class GivenOptions
{
    /// <summary>Whether an option is there. It can be asked where the value, which may be wrong, cannot.</summary>
    public static bool IsGiven(this CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>Refuses all options but <paramref name="mode"/> and those that mean something beside it.</summary>
    public static void AllowBeside(this CommandResult result, Option mode, IEnumerable<Option> allowed)
    {
        foreach (Option other in result.Command.Options.Except([mode, .. allowed]).Where(result.IsGiven))
            result.AddError($"{other.Name} does not go with {mode.Name}.");
    }
}
