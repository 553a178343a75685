namespace CascadeLocal.Calibration.Curves;

/// <summary>What nobody has to learn, and what nobody can know.</summary>
internal static class ReferenceCurves
{
    private const int Parts = 10;

    /// <summary>
    /// Lots drawn between single models: the lines between those that no mix of two others beats, from the weak to the strong one.
    /// </summary>
    public static TradeOff Random(CurveModels models)
    {
        double[] costs = models.RelativeCosts;
        // Without costs only the strong model costs anything, and the mix is of the weak one and it.
        int[] candidates = models.Costs is null
            ? [models.Weak, models.Strong]
            : [.. Enumerable.Range(0, models.Count).Where(m => m == models.Strong || costs[m] < 1).OrderBy(m => costs[m]).ThenByDescending(m => models.Accuracies[m])];
        List<int> hull = [];
        foreach (int m in candidates)
        {
            while (hull.Count > 1 && Slope(hull[^1], m) >= Slope(hull[^2], hull[^1]))
                hull.RemoveAt(hull.Count - 1);
            if (hull.Count == 0 || models.Accuracies[m] > models.Accuracies[hull[^1]])
                hull.Add(m);
        }

        return new("random", CurveKind.Random, [.. hull.Select(m => PointOutcomes.Of(models.N, i => models.Alone(i, m)))]);

        double Slope(int one, int other) => (models.Accuracies[other] - models.Accuracies[one]) / Math.Max(costs[other] - costs[one], 1e-12);
    }

    /// <summary>
    /// All answers are known beforehand. With two models it is the score of the true gain; with more, every request has the weak model's
    /// answer or the cheapest of the most right ones, and those that gain most for their cost come first.
    /// </summary>
    public static TradeOff Oracle(CurveModels models, ulong seed)
    {
        double[] costs = models.RelativeCosts;
        if (models.Count == 2)
        {
            double[] gains = [.. Enumerable.Range(0, models.N).Select(i => models.Alone(i, models.Strong).Correct - models.Alone(i, models.Weak).Correct)];
            return TradeOff.OfScore("oracle", CurveKind.Oracle, gains, seed, i => models.Alone(i, models.Weak), i => models.Alone(i, models.Strong));
        }

        int[] order = [.. Enumerable.Range(0, models.Count).OrderBy(m => costs[m])];
        int[] best = [.. Enumerable.Range(0, models.N).Select(i => order.MaxBy(m => models.Requests.All[i].Answers[m].Correct))];
        double[] worth = [.. best.Select((m, i) =>
            (models.Alone(i, m).Correct - models.Alone(i, models.Weak).Correct) / Math.Max(costs[m] - costs[models.Weak], 1e-9))];
        int[] first = [.. Enumerable.Range(0, models.N).Where(i => worth[i] > 0).OrderByDescending(i => worth[i])];
        return new("oracle", CurveKind.Oracle, [.. Enumerable.Range(0, Parts + 1).Select(part =>
        {
            HashSet<int> taken = [.. first.Take(part * first.Length / Parts)];
            return PointOutcomes.Of(models.N, i => models.Alone(i, taken.Contains(i) ? best[i] : models.Weak));
        })]);
    }
}
