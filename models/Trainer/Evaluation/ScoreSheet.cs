using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>Adds up scores of questions.</summary>
internal static class ScoreSheet
{
    /// <summary>Scores per family and level, in the order in which they first appear.</summary>
    public static IReadOnlyList<LevelScore> Count(IReadOnlyList<TaskExample> questions, IReadOnlyList<bool> isRight) =>
        [.. questions.Zip(isRight)
            .GroupBy(q => (q.First.Topic, q.First.Family, q.First.Level))
            .Select(g => new LevelScore(
                g.Key.Topic, g.Key.Family, g.Key.Level, g.Count(), g.Count(q => q.Second)))];

    /// <summary>The mean over families of the mean over their levels: small families and levels count like large ones.</summary>
    public static double MeanAccuracy(IReadOnlyList<LevelScore> scores) =>
        scores.Count == 0 ? 0 : scores.GroupBy(s => s.Family).Average(g => g.Average(s => s.Accuracy));
}
