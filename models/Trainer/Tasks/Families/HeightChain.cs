using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>People of whom it is told, in random order, who is taller than whom.</summary>
/// <param name="Story">The statements.</param>
/// <param name="Relations">The statements in signs, in the story's order, such as <c>Anna &gt; Ben, Carl &gt; Anna</c>.</param>
/// <param name="WayUp">From the taller one of the first statement to the tallest, such as <c>Up: Anna, Carl</c>.</param>
/// <param name="People">The people, the tallest first.</param>
internal readonly record struct HeightChain(string Story, string Relations, string WayUp, string[] People)
{
    public static HeightChain Draw(Random random, int people)
    {
        string[] names = random.PickDistinct(Names.All, people);
        (string Tall, string Small)[] pairs = [.. names.Zip(names.Skip(1))];
        random.Shuffle(pairs);
        IEnumerable<string> statements = pairs.Select(pair => random.Next(3) == 0
            ? $"{pair.Small} is smaller than {pair.Tall}."
            : $"{pair.Tall} is taller than {pair.Small}.");
        IEnumerable<string> up = names[..(Array.IndexOf(names, pairs[0].Tall) + 1)].AsEnumerable().Reverse();
        return new HeightChain(
            string.Join(' ', statements),
            string.Join(", ", pairs.Select(pair => $"{pair.Tall} > {pair.Small}")),
            $"Up: {string.Join(", ", up)}",
            names);
    }
}
