namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>A unit and how many of a smaller one it holds.</summary>
internal readonly record struct UnitPair(string Large, string Small, int Factor);
