using System.CommandLine;

namespace CascadeLocal.Trainer.Commands;

/// <summary>What the commands share.</summary>
internal static class CommonOptions
{
    /// <summary>One seed for all held-out questions, so that all models are asked the same.</summary>
    public const int QuestionSeed = 20_260_000;

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
}
