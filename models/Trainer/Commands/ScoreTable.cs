using System.Globalization;

using CascadeLocal.Trainer.Evaluation;

using Spectre.Console;

namespace CascadeLocal.Trainer.Commands;

/// <summary>Shows scores of several models side by side.</summary>
internal static class ScoreTable
{
    /// <summary>Writes a table to standard output: one row per level, one column per model, last the mean over families.</summary>
    public static void Write(IReadOnlyList<(string Name, IReadOnlyList<LevelScore> Scores)> models)
    {
        Table table = new();
        table.AddColumns("topic", "family", "level", "questions");
        foreach ((string name, _) in models)
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        for (int row = 0; row < models[0].Scores.Count; row++)
        {
            LevelScore first = models[0].Scores[row];
            table.AddRow([
                first.Topic, first.Family, Text(first.Level), Text(first.Questions),
                .. models.Select(m => Percent(m.Scores[row].Accuracy))]);
        }

        table.AddRow(["mean over families", "", "", "", .. models.Select(m => Percent(ScoreSheet.MeanAccuracy(m.Scores)))]);
        AnsiConsole.Write(table);
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
