using CascadeLocal.Routing.Clustering;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Splits of questions. Questions with the same prompt, and so all runs of a question, are on one side.</summary>
public static class QuestionFolds
{
    /// <summary>The fold of each question, from 0. The folds have equally many texts, or one more.</summary>
    /// <param name="table">The questions.</param>
    /// <param name="folds">How many folds; no more than there are texts.</param>
    /// <param name="seed">Decides which text is where.</param>
    public static IReadOnlyList<int> Assign(QuestionTable table, int folds, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(folds, table.Texts.Count);
        int[] order = [.. Enumerable.Range(0, table.Texts.Count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        int[] foldOfText = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
            foldOfText[order[place]] = place % folds;
        return [.. table.Questions.Select(question => foldOfText[question.Text])];
    }
}
