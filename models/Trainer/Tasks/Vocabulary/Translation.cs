namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>An English word in another language.</summary>
internal readonly record struct Translation(string English, string Language, string Foreign);
