using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>People of whom it is told, in random order, who is taller than whom.</summary>
/// <param name="Story">The statements.</param>
/// <param name="Relations">The statements in signs, in the story's order, such as <c>Anna &gt; Ben, Carl &gt; Anna</c>.</param>
/// <param name="People">The people, the tallest first.</param>
internal readonly record struct HeightChain(string Story, string Relations, string[] People)
{
    public static HeightChain Draw(Random random, int people)
    {
        string[] names = random.PickDistinct(Names.All, people);
        (string Tall, string Small)[] pairs = [.. names.Zip(names.Skip(1))];
        random.Shuffle(pairs);
        IEnumerable<string> statements = pairs.Select(pair => random.Next(3) == 0
            ? $"{pair.Small} is smaller than {pair.Tall}."
            : $"{pair.Tall} is taller than {pair.Small}.");
        return new HeightChain(
            string.Join(' ', statements), string.Join(", ", pairs.Select(pair => $"{pair.Tall} > {pair.Small}")), names);
    }
}
