using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>
/// Labels whose structure is known: two kinds of questions in two corners of the plane, a cheap model that is the less sure the
/// harder the question, and a strong one at ten times the cost.
/// </summary>
internal static class SyntheticLabels
{
    public const string Cheap = "cheap";
    public const string Strong = "strong";

    /// <param name="count">How many questions.</param>
    /// <param name="seed">Which of them.</param>
    /// <param name="noise">What blurs the cheap model's signals; hardness is 0..1.</param>
    /// <param name="cheapTpot">Of the cheap model, in ms; the strong one takes 10.</param>
    /// <param name="change">Changes a row before it is used.</param>
    public static EmbeddedTable Of(
        int count, int seed, double noise = 0.15, double cheapTpot = 1, Func<LabelRow, LabelRow>? change = null)
    {
        Random random = new(seed);
        List<LabelRow> rows = [];
        Dictionary<string, float[]> points = [];
        for (int i = 0; i < count; i++)
        {
            // The second kind is harder.
            bool second = i % 2 == 1;
            double hardness = Math.Min(1, random.NextDouble() * (second ? 1 : 0.7));
            string id = $"{seed}-{i:00000}";
            string prompt = $"How much is {i} and {random.Next(1000)}?";
            points[prompt] = [second ? 1 : -1, (float)random.NextDouble() * 0.1f];
            double seen = hardness + noise * (random.NextDouble() + random.NextDouble() - 1);
            bool right = random.NextDouble() < 1 / (1 + Math.Exp(20 * (hardness - 0.55)));
            rows.Add(Row(id, prompt, Cheap, right, (float)seen, cheapTpot, random));
            rows.Add(Row(id, prompt, Strong, random.NextDouble() < 0.97, 0.1f, 10, random));
        }

        LabelRow[] changed = [.. rows.Select(row => change?.Invoke(row) ?? row)];
        QuestionTable table = QuestionTable.Of(new LabelSet(changed, null, []), "labels.jsonl");
        return new(table, PointSet.Of([.. table.Texts.Select(text => points[text])]));
    }

    /// <summary>The same label where only the tokens after the eighth show anything.</summary>
    public static LabelRow Late(LabelRow row)
    {
        static float[] Changed(float[] signals, float constant) => [.. signals.Select((s, t) => t < 8 ? constant : s)];
        return row with
        {
            TokenLogprobs = Changed(row.TokenLogprobs!, -0.5f),
            TokenEntropies = Changed(row.TokenEntropies!, 0.5f),
            TokenMargins = Changed(row.TokenMargins!, 1.5f),
        };
    }

    public static LabelRow Row(string id, string prompt, string model, bool right, float hardness, double tpot, Random random)
    {
        int tokens = 10 + random.Next(10);
        string output = string.Concat(Enumerable.Range(0, tokens).Select(t => (char)('a' + (t + (right ? 0 : 3)) % 26)));
        float[] surprise = [.. Enumerable.Range(0, tokens).Select(_ => Math.Max(0, hardness) + 0.05f * (float)random.NextDouble())];
        return new()
        {
            Id = id,
            Prompt = prompt,
            Model = model,
            Correct = right ? 1 : 0,
            Output = output,
            FinishReason = "stop",
            OutputTokens = tokens,
            TtftMs = 5,
            TpotMs = tpot,
            E2elMs = 5 + tpot * (tokens - 1),
            TokenLogprobs = [.. surprise.Select(s => -s)],
            TokenEntropies = surprise,
            TokenMargins = [.. surprise.Select(s => 2 - s)],
            TokenEnds = [.. Enumerable.Range(1, tokens)],
        };
    }
}
