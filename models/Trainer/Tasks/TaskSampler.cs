namespace CascadeLocal.Trainer.Tasks;

/// <summary>An endless, seeded stream of questions of one split. The same arguments give the same stream. Not thread-safe.</summary>
internal sealed class TaskSampler
{
    private const double SystemPromptShare = 0.15;

    // The others are generated, which keeps the members good at what they were first trained on.
    private const double WrittenShare = 0.65;

    private readonly Random _random;
    private readonly TaskSplit _split;
    private readonly (ITaskFamily Family, int Level, double CumulativeWeight)[] _cells;
    private readonly (ITaskFamily Family, int Level, double CumulativeWeight)[] _drilled;

    /// <summary>Makes a stream of questions in generated and in written phrasings, never those of a test.</summary>
    /// <param name="seed">Decides everything that is drawn.</param>
    /// <param name="split">Whose questions are drawn.</param>
    /// <param name="profile">How often each family and level is drawn.</param>
    /// <param name="families">The families to draw from; <see cref="TaskCatalogue.Asked"/> if null.</param>
    public TaskSampler(int seed, TaskSplit split, MemberProfile profile, IReadOnlyList<ITaskFamily>? families = null)
    {
        _random = new Random(seed);
        _split = split;
        families ??= TaskCatalogue.Asked;
        _cells = Weigh(families, profile);
        _drilled = Weigh(families.Where(family => family.IsDrilled), profile);
    }

    /// <summary>Draws a question, a few with a system prompt.</summary>
    public TaskExample Next()
    {
        TaskExample example = DrawExample(_cells);
        return _random.NextDouble() < SystemPromptShare
            ? example with { Turns = [DrawSystemPrompt(), .. example.Turns] }
            : example;
    }

    /// <summary>
    /// Draws a conversation of several questions, each with its right answer: independent ones one after the other, and
    /// those that follow up their own first question.
    /// </summary>
    /// <param name="maxTurns">
    /// At most so many turns, those of system, user and assistant counted alike; at least 2. More than half of them are used
    /// where the questions drawn allow it.
    /// </param>
    public IReadOnlyList<ChatTurn> NextConversation(int maxTurns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTurns, 2);
        List<ChatTurn> turns = [];
        int wanted = _random.Next(maxTurns / 2 + 1, maxTurns + 1);
        if (maxTurns > 2 && _random.NextDouble() < SystemPromptShare)
            turns.Add(DrawSystemPrompt());
        while (turns.Count < wanted)
        {
            IReadOnlyList<ChatTurn> next = DrawExample(_cells).Turns;
            if (turns.Count + next.Count <= maxTurns)
                turns.AddRange(next);
            else if (maxTurns - turns.Count < 2)
                break;
        }
        return turns;
    }

    /// <summary>Draws a question of a family that <see cref="ITaskFamily.IsDrilled"/>; there must be one.</summary>
    public TaskExample NextDrilled() => DrawExample(_drilled);

    private TaskExample DrawExample((ITaskFamily Family, int Level, double CumulativeWeight)[] cells)
    {
        double point = _random.NextDouble() * cells[^1].CumulativeWeight;
        int low = 0;
        int high = cells.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (cells[middle].CumulativeWeight > point)
                high = middle;
            else
                low = middle + 1;
        }
        ITaskFamily family = cells[low].Family;
        bool isWritten = family.Phrasings == Phrasings.None || _random.NextDouble() < WrittenShare;
        return family.Draw(_random, cells[low].Level, _split, isWritten ? PhrasingPool.Written : PhrasingPool.Seen);
    }

    private ChatTurn DrawSystemPrompt() => ChatTurn.System(_random.Pick(SystemPrompts.All));

    // A family's weight is shared among its levels, so families with many levels are not drawn more often.
    private static (ITaskFamily, int, double)[] Weigh(IEnumerable<ITaskFamily> families, MemberProfile profile)
    {
        List<(ITaskFamily, int, double)> cells = [];
        double total = 0;
        foreach (ITaskFamily family in families)
        {
            double levels = Enumerable.Range(1, family.Levels).Sum(profile.WeightOf);
            for (int level = 1; level <= family.Levels; level++)
            {
                total += profile.WeightOf(family) * profile.WeightOf(level) / levels;
                cells.Add((family, level, total));
            }
        }
        return [.. cells];
    }
}
