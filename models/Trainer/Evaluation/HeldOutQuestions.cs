using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>Draws the questions that measure a model: those of the test split, which training never sees.</summary>
internal static class HeldOutQuestions
{
    /// <summary>One seed for all held-out questions, so that all models are asked the same.</summary>
    public const int Seed = 20_260_000;

    private const int AttemptsPerQuestion = 20;

    /// <summary>The tests' names.</summary>
    public static IReadOnlyList<string> Tests { get; } = ["A", "B", "C", "D", "everyday", "unknown"];

    /// <summary>The questions of one of the tests, always the same.</summary>
    /// <param name="test">
    /// A: unseen operands in the phrasings of training. B: unseen combinations of its openings, cores and closings.
    /// C: unseen cores, and families that no member was trained on. D: unseen operands in the words of writers whom training
    /// never sees. everyday: the same of the families in <see cref="TaskCatalogue.Everyday"/>. unknown: what the members cannot answer, in the words of those writers.
    /// </param>
    /// <param name="perFamily">How many of each family, the same from each level; fewer where a level has no more.</param>
    public static IReadOnlyList<TaskExample> Of(string test, int perFamily) => test switch
    {
        "A" => Draw(TaskCatalogue.All, perFamily),
        "B" => Draw(TaskCatalogue.All, perFamily, PhrasingPool.UnseenCombination),
        "D" => Draw([.. TaskCatalogue.All, .. TaskCatalogue.Messages], perFamily, PhrasingPool.UnseenWriter),
        "everyday" => Draw(TaskCatalogue.Everyday, perFamily, PhrasingPool.UnseenWriter),
        "unknown" => Draw(TaskCatalogue.Unknown, perFamily, PhrasingPool.UnseenWriter),
        _ => [.. Draw(TaskCatalogue.All, perFamily, PhrasingPool.UnseenCore), .. Draw(TaskCatalogue.HeldOut, perFamily)],
    };

    /// <summary>Unseen operands in the written phrasings that training uses, under the families' names with a mark.</summary>
    public static IReadOnlyList<TaskExample> Written(int perFamily) =>
        [.. Draw(TaskCatalogue.Asked, perFamily, PhrasingPool.Written).Select(question => question with { Family = question.Family + "*" })];

    // Different questions, as many from each level of a family; fewer where a level has no more.
    private static List<TaskExample> Draw(
        IReadOnlyList<ITaskFamily> families, int perFamily, PhrasingPool pool = PhrasingPool.Seen)
    {
        List<TaskExample> questions = [];
        foreach (ITaskFamily family in families)
        {
            int perLevel = (perFamily + family.Levels - 1) / family.Levels;
            for (int level = 1; level <= family.Levels; level++)
            {
                // A stream of its own: from one seed all levels would be asked in the same phrasings.
                Random random = new((int)StableHash.Of($"{Seed} {family.Name} {level}"));
                HashSet<string> seen = [];
                for (int attempt = 0; attempt < perLevel * AttemptsPerQuestion && seen.Count < perLevel; attempt++)
                {
                    TaskExample question = family.Draw(random, level, TaskSplit.Test, pool);
                    if (seen.Add(string.Join('\n', question.Turns.SkipLast(1).Select(t => t.Content))))
                        questions.Add(question);
                }
            }
        }

        return questions;
    }
}
