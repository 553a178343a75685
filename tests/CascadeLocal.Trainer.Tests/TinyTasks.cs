using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Tests;

/// <summary>Two families that a tiny model learns within seconds: naming the letter before, one-digit sums.</summary>
internal sealed class TinyTasks(int seed, bool heldOut = false) : ITaskSource
{
    private static readonly string[] Openings = ["Please spell", "Now spell", "Can you spell", "Spell"];

    private readonly Random _random = new(seed);

    public static TaskSourceFactory Factory => seed => new TinyTasks((int)(seed % int.MaxValue));

    public static IReadOnlyList<TaskExample> HeldOut(int count)
    {
        TinyTasks source = new(seed: 12345, heldOut: true);
        return [.. Enumerable.Range(0, count * 20).Select(_ => source.Next()).DistinctBy(e => e.Turns[0].Content).Take(count)];
    }

    public TaskExample Next() => _random.Next(2) == 0 ? Spell() : Add();

    public TaskExample NextDrilled() => Add();

    public IReadOnlyList<ChatTurn> NextConversation(int maxTurns) =>
        [.. Enumerable.Range(0, maxTurns / 2).SelectMany(_ => Next().Turns)];

    private TaskExample Spell()
    {
        string letters;
        do
            letters = new string([.. Enumerable.Range(0, 3).Select(_ => (char)('a' + _random.Next(26)))]);
        while ((letters.Sum(c => c) % 8 == 0) != heldOut);
        string opening = Openings[_random.Next(Openings.Length)];
        return Example("spell", $"{opening} '{letters}'.", string.Join('-', letters.ToCharArray()));
    }

    private TaskExample Add()
    {
        int first = _random.Next(10), second = _random.Next(10);
        return Example("add", $"What is {first} + {second}?", (first + second).ToString());
    }

    private static TaskExample Example(string family, string question, string answer) => new()
    {
        Family = family,
        Topic = "tiny",
        Level = 1,
        Turns = [new("user", question), new("assistant", answer)],
    };
}
