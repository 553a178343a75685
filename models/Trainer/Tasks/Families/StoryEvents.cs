using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Events of a story that change how many things its hero has.</summary>
/// <param name="Text">What happens.</param>
/// <param name="Working">The sum or difference of every event, such as <c>17+5=22, 22-3=19</c>.</param>
/// <param name="Count">How many things are left.</param>
internal readonly record struct StoryEvents(string Text, string Working, int Count)
{
    // {0} the hero, {1} how many, {2} another person
    private static readonly string[] Gains =
        ["{0} finds {1} more.", "{0} buys {1} more.", "{2} gives {0} {1} more.", "Then {0} gets {1} more from {2}."];

    private static readonly string[] Losses =
        ["{0} loses {1} of them.", "{0} gives {1} of them to {2}.", "{0} sells {1} of them.", "Then {2} takes {1} of them away."];

    /// <summary>Draws events one after another; no count falls below zero.</summary>
    public static StoryEvents Draw(Random random, string hero, int count, int events)
    {
        List<string> sentences = [];
        List<string> steps = [];
        string[] friends = random.PickDistinct(Names.All, events + 1).Where(name => name != hero).Take(events).ToArray();
        foreach (string friend in friends)
        {
            bool gain = count < 4 || random.Next(2) == 0;
            int change = gain ? random.Between(2, 19) : random.Between(2, count - 1);
            int next = gain ? count + change : count - change;
            steps.Add($"{count}{(gain ? '+' : '-')}{change}={next}");
            count = next;
            sentences.Add(random.Pick(gain ? Gains : Losses)
                .Replace("{0}", hero, StringComparison.Ordinal)
                .Replace("{1}", $"{change}", StringComparison.Ordinal)
                .Replace("{2}", friend, StringComparison.Ordinal));
        }
        return new(string.Join(' ', sentences), string.Join(", ", steps), count);
    }
}
