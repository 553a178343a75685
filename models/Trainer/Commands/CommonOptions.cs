using System.CommandLine;

namespace CascadeLocal.Trainer.Commands;

/// <summary>What the commands share.</summary>
internal static class CommonOptions
{
    /// <summary>Questions per family in a final measurement.</summary>
    public static Option<int> PerFamily()
    {
        Option<int> option = new("--per-family")
        {
            Description = "Held-out questions of each family in the final measurement, spread over its levels.",
            DefaultValueFactory = _ => 500,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--per-family must be at least 1");
        });
        return option;
    }

    /// <summary>Which questions; see <see cref="Evaluation.HeldOutQuestions.Of"/>.</summary>
    public static Option<string> Test() => new Option<string>("--test")
    {
        Description = "A: unseen operands. B: unseen combinations of phrases. C: unseen phrases and families.",
        DefaultValueFactory = _ => "A",
    }.AcceptOnlyFromAmong("A", "B", "C");
}
