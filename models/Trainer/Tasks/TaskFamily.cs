namespace CascadeLocal.Trainer.Tasks;

/// <summary>A family of single questions: a drawer of problems and the phrasings that ask them.</summary>
internal sealed class TaskFamily : ITaskFamily
{
    // A split owns one sixteenth of the problems; a family that finds none in this many draws is described wrongly.
    private const int MaxAttempts = 20_000;

    private const double FreeShare = 0.4;
    private const double FreeShareOfTraining = 0.55;

    // Of the questions, where an operand may be spelled.
    private const double SpelledShare = 0.12;

    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public required string Topic { get; init; }

    /// <inheritdoc/>
    public int Levels { get; init; } = 1;

    /// <inheritdoc/>
    public required Difficulty Difficulty { get; init; }

    /// <inheritdoc/>
    public required Phrasings Phrasings { get; init; }

    /// <inheritdoc/>
    public string WrittenName { get => field ?? Name; init; }

    /// <inheritdoc/>
    public double Weight { get; init; } = 1;

    /// <inheritdoc/>
    public double Practice { get; init; } = 1;

    /// <summary>Draws a problem of a level, of whatever split.</summary>
    public required Func<Random, int, Problem> Ask { get; init; }

    /// <summary>
    /// As <see cref="Ask"/>, with operands as people choose them (<see cref="Families.FreeOperands"/>): <see cref="FreeShare"/> of the questions in
    /// the words of training's writers, <see cref="FreeShareOfTraining"/> where training asks them. Tests A to D never ask so.
    /// </summary>
    public Func<Random, int, Problem>? AskFreely { get; init; }

    /// <inheritdoc/>
    public bool IsDrilled { get; init; }

    /// <summary>The operands keep their case in questions typed in lower case, since the answer repeats them.</summary>
    public bool KeepsOperandCase { get; init; }

    /// <inheritdoc/>
    public TaskExample Draw(Random random, int level, TaskSplit split, PhrasingPool pool = PhrasingPool.Seen)
    {
        AskedProblem asked = DrawProblem(random, level, split, pool);
        return new TaskExample
        {
            Family = Name,
            Topic = Topic,
            Level = level,
            Turns = [ChatTurn.User(asked.Prompt), ChatTurn.Assistant(asked.Problem.Answer)],
        };
    }

    /// <summary>As <see cref="Draw"/>, but keeps the problem.</summary>
    public AskedProblem DrawProblem(Random random, int level, TaskSplit split, PhrasingPool pool)
    {
        TaskFamilyGuard.Check(this, level, split, pool);
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            bool isFree = AskFreely is not null && pool == PhrasingPool.Written && random.NextDouble() < (split == TaskSplit.LmTrain ? FreeShareOfTraining : FreeShare);
            Problem problem = (isFree ? AskFreely! : Ask)(random, level);
            string phrasing = ((ITaskFamily)this).DrawPhrasing(random, pool);
            if (!BelongsTo(split, pool, problem, phrasing))
                continue;
            string[] operands = problem.Operands;
            if (split == TaskSplit.LmTrain && pool == PhrasingPool.Written)
            {
                // What is a phrasing of its own is dealt to its own split.
                if (Typos.Draw(random, phrasing) is var typed && !WrittenPhrasings.Of(WrittenName).Has(typed) && !Phrasings.Has(typed))
                    phrasing = typed;
                bool isSpelled = Topic is not (Topics.Lists or Topics.Letters) && random.NextDouble() < SpelledShare;
                operands = [.. operands.Select(operand => isSpelled ? Typos.SpellNumber(random, operand) : Typos.DrawList(random, operand))];
            }

            string prompt = TypingStyle.Draw(random, pool).Type(phrasing, operands, KeepsOperandCase);
            return new AskedProblem(problem, prompt);
        }
        throw new InvalidOperationException($"{Name}, level {level}: no question of {split} in {MaxAttempts} draws.");
    }

    private static bool BelongsTo(TaskSplit split, PhrasingPool pool, Problem problem, string phrasing)
    {
        if (!problem.Closed)
            return TaskSplits.Of(problem.Key) == split;
        // Phrasings outside the pools of training are Test's alone, so any pair with one of them is unseen.
        return pool is not (PhrasingPool.Seen or PhrasingPool.Written)
            || TaskSplits.Of(TypingStyle.Bare.Type(phrasing, problem.Operands, keepOperandCase: false)) == split;
    }
}
