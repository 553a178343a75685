using System.CommandLine;

namespace CascadeLocal.Trainer.Commands;

/// <summary>What the commands share.</summary>
internal static class CommonOptions
{
    /// <summary>One seed for all held-out questions, so that all models are asked the same.</summary>
    public const int QuestionSeed = 20_260_000;

    /// <summary>Questions per level in a final measurement.</summary>
    public static Option<int> PerLevel()
    {
        Option<int> option = new("--per-level")
        {
            Description = "Held-out questions per level of each family in the final measurement.",
            DefaultValueFactory = _ => 100,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--per-level must be at least 1");
        });
        return option;
    }
}
