using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Events of a story that change how many things its hero has.</summary>
internal static class StoryEvents
{
    // {0} the hero, {1} how many, {2} another person
    private static readonly string[] Gains =
        ["{0} finds {1} more.", "{0} buys {1} more.", "{2} gives {0} {1} more.", "Then {0} gets {1} more from {2}."];

    private static readonly string[] Losses =
        ["{0} loses {1} of them.", "{0} gives {1} of them to {2}.", "{0} sells {1} of them.", "Then {2} takes {1} of them away."];

    /// <summary>Draws events one after another; no count falls below zero.</summary>
    /// <returns>Their text and how many things are left.</returns>
    public static (string Text, int Count) Draw(Random random, string hero, int count, int events)
    {
        List<string> sentences = [];
        string[] friends = random.PickDistinct(Names.All, events + 1).Where(name => name != hero).Take(events).ToArray();
        foreach (string friend in friends)
        {
            bool gain = count < 4 || random.Next(2) == 0;
            int change = gain ? random.Between(2, 19) : random.Between(2, count - 1);
            count += gain ? change : -change;
            sentences.Add(random.Pick(gain ? Gains : Losses)
                .Replace("{0}", hero, StringComparison.Ordinal)
                .Replace("{1}", $"{change}", StringComparison.Ordinal)
                .Replace("{2}", friend, StringComparison.Ordinal));
        }
        return (string.Join(' ', sentences), count);
    }
}
