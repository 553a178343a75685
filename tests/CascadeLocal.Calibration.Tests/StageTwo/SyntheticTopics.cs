using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>
/// Labels of four topics, each a cloud of its own: one that a cheap model answers as well as a strong one at ten times the cost, two where
/// it is the less sure the harder the question, and one that is beyond it and hard for both.
/// </summary>
internal static class SyntheticTopics
{
    private const int Dimensions = 8;

    // How likely the cheap model is right from easy to hard, and the strong one throughout.
    private static readonly (double Easy, double Hard, double Strong)[] Topics = [(0.99, 0.93, 0.96), (0.99, 0.45, 0.95), (0.9, 0.1, 0.9), (0.4, 0.05, 0.7)];

    /// <param name="count">How many questions.</param>
    /// <param name="seed">Which of them.</param>
    public static EmbeddedTable Of(int count, int seed)
    {
        Random random = new(seed);
        List<LabelRow> rows = [];
        Dictionary<string, float[]> points = [];
        for (int i = 0; i < count; i++)
        {
            int topic = i % Topics.Length;
            (double easy, double hard, double strong) = Topics[topic];
            double hardness = random.NextDouble();
            // Without digits: judges look for numbers of the question in the answer, and those of other questions would be larger.
            string prompt = string.Concat($"{seed} {i}".Select(c => c == ' ' ? ' ' : (char)('a' + c - '0')));
            float[] point = [.. Enumerable.Range(0, Dimensions).Select(d => (d == topic ? 1 : 0) + 0.3f * (float)(random.NextDouble() - 0.5))];
            points[prompt] = point;
            bool right = random.NextDouble() < easy + hardness * (hard - easy);
            double seen = hardness + 0.3 * (random.NextDouble() - 0.5) + (right ? 0 : 0.15);
            rows.Add(SyntheticLabels.Row($"{seed}-{i:00000}", prompt, SyntheticLabels.Cheap, right, (float)seen, 1, random));
            rows.Add(SyntheticLabels.Row($"{seed}-{i:00000}", prompt, SyntheticLabels.Strong, random.NextDouble() < strong, 0.1f, 10, random));
        }

        QuestionTable table = QuestionTable.Of(new LabelSet(rows, null, []), "labels.jsonl");
        return new(table, PointSet.Of([.. table.Texts.Select(text => points[text])]));
    }
}
