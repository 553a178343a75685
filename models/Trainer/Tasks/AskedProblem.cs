namespace CascadeLocal.Trainer.Tasks;

/// <summary>A problem together with the words in which it is asked.</summary>
internal readonly record struct AskedProblem(Problem Problem, string Prompt);
