namespace CascadeLocal.Trainer.Tasks;

/// <summary>Checks what is asked of a family.</summary>
internal static class TaskFamilyGuard
{
    public static void Check(ITaskFamily family, int level, TaskSplit split, PhrasingPool pool)
    {
        if (level < 1 || level > family.Levels)
            throw new ArgumentOutOfRangeException(nameof(level), level, $"{family.Name} has levels 1 to {family.Levels}.");
        if (pool is not (PhrasingPool.Seen or PhrasingPool.Written) && split != TaskSplit.Test)
            throw new ArgumentException($"Only {TaskSplit.Test} may ask in phrasings that training does not use.", nameof(pool));
    }
}
