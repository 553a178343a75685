using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>What the tests draw and how they name it.</summary>
internal static class TaskDraws
{
    public static IReadOnlyList<ITaskFamily> Families { get; } = [.. TaskCatalogue.All, .. TaskCatalogue.Everyday, .. TaskCatalogue.HeldOut];

    public static IEnumerable<string> FamilyNames => Families.Select(family => family.Name);

    public static ITaskFamily Family(string name) => Families.Concat(TaskCatalogue.Asked).First(family => family.Name == name);

    /// <summary>The question as its reader sees it: all turns but the answer.</summary>
    public static string Question(TaskExample example) =>
        string.Join('\n', example.Turns.SkipLast(1).Select(turn => $"{turn.Role}: {turn.Content}"));

    /// <summary>Questions of a family, of all its levels, splits and of Test's phrasing pools.</summary>
    public static IEnumerable<TaskExample> Draw(ITaskFamily family, int perCell)
    {
        Random random = new(17);
        for (int level = 1; level <= family.Levels; level++)
            for (int i = 0; i < perCell; i++)
            {
                foreach (TaskSplit split in Enum.GetValues<TaskSplit>())
                    yield return family.Draw(random, level, split);
                yield return family.Draw(random, level, TaskSplit.Test, PhrasingPool.UnseenCombination);
                yield return family.Draw(random, level, TaskSplit.Test, PhrasingPool.UnseenCore);
            }
    }
}
