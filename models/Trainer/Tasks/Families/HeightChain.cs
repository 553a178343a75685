using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>People of whom it is told, in random order, who is taller than whom.</summary>
/// <param name="Story">The statements.</param>
/// <param name="People">The people, the tallest first.</param>
internal readonly record struct HeightChain(string Story, string[] People)
{
    public static HeightChain Draw(Random random, int people)
    {
        string[] names = random.PickDistinct(Names.All, people);
        string[] statements =
        [
            .. names.Zip(names.Skip(1), (tall, small) => random.Next(3) == 0
                ? $"{small} is smaller than {tall}."
                : $"{tall} is taller than {small}."),
        ];
        random.Shuffle(statements);
        return new HeightChain(string.Join(' ', statements), names);
    }
}
