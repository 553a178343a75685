namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>A country, its capital, its continent and the language most people there speak.</summary>
internal readonly record struct Country(string Name, string Capital, string Continent, string Language);
