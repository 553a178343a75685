namespace CascadeLocal.Calibration.Labels;

/// <summary>Pairs the rows of several models by run.</summary>
internal static class LabelRuns
{
    /// <summary>
    /// The runs of a question that every model has, one row per model each. Where no run is common to all, the first of each model is one,
    /// and <c>AreCommon</c> is false.
    /// </summary>
    /// <param name="byModel">The rows of each model on the question, one at least.</param>
    public static (IReadOnlyList<IReadOnlyList<LabelRow>> Runs, bool AreCommon) Of(LabelRow[][] byModel)
    {
        int[] common = [.. byModel.Select(rows => rows.Select(r => r.Run)).Aggregate((a, b) => a.Intersect(b)).Order()];
        return common.Length > 0
            ? ([.. common.Select(run => byModel.Select(rows => rows.First(r => r.Run == run)).ToArray())], true)
            : ([byModel.Select(rows => rows.MinBy(r => r.Run)!).ToArray()], false);
    }

    /// <summary>Says of how many questions answers of different runs were paired; nothing where of none.</summary>
    public static string[] NoticeOf(int unpaired) => unpaired == 0
        ? []
        : [$"{unpaired} questions have no run that all models have answered; there the first run of each model is compared"];
}
