namespace CascadeLocal.Trainer.Tasks;

/// <summary>
/// A family of conversations: a first question, perhaps other questions between, and a last question that can only be
/// answered from the first. The first question decides the split, the phrasing pool is that of the last.
/// </summary>
internal sealed class FollowUpFamily : ITaskFamily
{
    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public required string Topic { get; init; }

    /// <inheritdoc/>
    public required int Levels { get; init; }

    /// <inheritdoc/>
    public required Difficulty Difficulty { get; init; }

    /// <inheritdoc/>
    public required Phrasings Phrasings { get; init; }

    /// <inheritdoc/>
    public string WrittenName => Name;

    /// <inheritdoc/>
    public double Weight => 1;

    /// <inheritdoc/>
    public double Practice => 1;

    /// <summary>The families of which one asks the first question.</summary>
    public required IReadOnlyList<TaskFamily> Firsts { get; init; }

    /// <summary>The level at which the first question is asked, from the level of this family.</summary>
    public required Func<int, int> FirstLevel { get; init; }

    /// <summary>Draws the last problem, given the first.</summary>
    public required Func<Random, Problem, Problem> Continue { get; init; }

    /// <summary>Families whose questions may stand between the first and the last: level - 1 of them do.</summary>
    public IReadOnlyList<TaskFamily> Between { get; init; } = [];

    /// <inheritdoc/>
    public TaskExample Draw(Random random, int level, TaskSplit split, PhrasingPool pool = PhrasingPool.Seen)
    {
        TaskFamilyGuard.Check(this, level, split, pool);
        AskedProblem first = random.Pick(Firsts).DrawProblem(random, FirstLevel(level), split, PoolOfFirst(pool));
        List<ChatTurn> turns = [ChatTurn.User(first.Prompt), ChatTurn.Assistant(first.Problem.Answer)];
        if (Between.Count > 0)
            for (int i = 1; i < level; i++)
                turns.AddRange(random.Pick(Between).Draw(random, level: 1, split).Turns);

        Problem last = Continue(random, first.Problem);
        string prompt = TypingStyle.Draw(random, pool).Type(
            ((ITaskFamily)this).DrawPhrasing(random, pool), last.Operands, keepOperandCase: false);
        turns.Add(ChatTurn.User(prompt));
        turns.Add(ChatTurn.Assistant(last.Answer));
        return new TaskExample { Family = Name, Topic = Topic, Level = level, Turns = turns };
    }

    // Who writes the last question wrote the first; the unseen parts of tests B and C are the last question's alone.
    private static PhrasingPool PoolOfFirst(PhrasingPool pool) =>
        pool is PhrasingPool.Written or PhrasingPool.UnseenWriter ? pool : PhrasingPool.Seen;
}
