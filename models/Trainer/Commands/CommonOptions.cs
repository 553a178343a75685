using System.CommandLine;

using CascadeLocal.Cli.Commands;

namespace CascadeLocal.Trainer.Commands;

/// <summary>What the commands share.</summary>
internal static class CommonOptions
{
    /// <summary>Questions per family in a final measurement.</summary>
    public static Option<int> PerFamily() => Positive(
        "--per-family", "Held-out questions of each family in the final measurement, spread over its levels.", 500);

    /// <summary>Questions that are answered at once.</summary>
    public static Option<int> Threads() => Positive(
        "--threads", "Questions that are worked on at once, each on one thread.", Environment.ProcessorCount);

    /// <summary>A number that must be at least 1.</summary>
    public static Option<int> Positive(string name, string description, int preset) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => preset }.From(1);

    /// <summary>Which questions; see <see cref="Evaluation.HeldOutQuestions.Of"/>.</summary>
    public static Option<string> Test() => new Option<string>("--test")
    {
        Description = "A: unseen operands. B: unseen combinations of phrases. C: unseen phrases and families. "
            + "D: writers never trained on. unknown: what the members should say that they do not know.",
        DefaultValueFactory = _ => "A",
    }.AcceptOnlyFromAmong([.. Evaluation.HeldOutQuestions.Tests]);
}
