using CascadeLocal.Calibration.Curves;
using CascadeLocal.Routing.StageOne;

using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Accuracy against cost, or without costs against calls of the strong model, of all ways to trade that a report compares.</summary>
public static class CurvePlot
{
    private static readonly Dictionary<string, string> Looks = new()
    {
        ["random"] = "#AAAAAA",
        ["query_router"] = "#1F77B4",
        ["confidence_cascade"] = "#FF7F0E",
        ["policy_router"] = "#9467BD",
        ["policy_judge"] = "#D62728",
        ["oracle"] = "#2CA02C",
    };

    /// <summary>Draws a report into a PNG or SVG file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(CurveReport report, string path)
    {
        ArgumentNullException.ThrowIfNull(report);
        using Plot plot = Draw(report);
        PlotFile.Save(plot, path);
    }

    private static Plot Draw(CurveReport report)
    {
        Plot plot = new();
        foreach (CurveScoreReport score in report.Scores)
        {
            var line = plot.Add.Scatter(
                score.Curve.Select(p => p.Cost ?? p.Calls).ToArray(), score.Curve.Select(p => 100 * p.Accuracy).ToArray(), Color.FromHex(Looks[score.Kind]));
            line.LegendText = score.Name;
            line.MarkerSize = score.Kind == "random" ? 0 : 5;
            line.LineWidth = score.Kind is "random" or "oracle" ? 1 : 2;
        }

        foreach (CurveModelReport model in report.Models)
            AddPoint(plot, model, MarkerShape.FilledSquare, Color.FromHex("#444444"));
        if (report.Policy is { } policy)
            AddPoint(plot, policy.Point, MarkerShape.FilledDiamond, Color.FromHex("#D62728"));
        plot.XLabel(report.Metric switch
        {
            null => "share of requests that the strong model is asked for",
            "tpot" => CostLabel.Of(CostMetric.Tpot),
            "e2el" => CostLabel.Of(CostMetric.E2el),
            _ => CostLabel.Of(CostMetric.Cost),
        });
        plot.YLabel("accuracy in %");
        // A cascade may cost more than the strong model alone, and then nobody needs to see how much more.
        double[] costs = [.. report.Models.Select(m => m.Cost ?? m.Calls)];
        plot.Axes.SetLimitsX(costs.Min() - 0.05 * (costs.Max() - costs.Min()), costs.Max() + 0.15 * (costs.Max() - costs.Min()));
        plot.ShowLegend(Alignment.LowerRight);
        return plot;
    }

    private static void AddPoint(Plot plot, CurveModelReport point, MarkerShape shape, Color color)
    {
        (double x, double y) = (point.Cost ?? point.Calls, 100 * point.Accuracy);
        plot.Add.Marker(x, y, shape, 9, color);
        var label = plot.Add.Text(point.Name, x, y);
        (label.LabelFontColor, label.LabelAlignment, label.OffsetX, label.OffsetY) = (color, Alignment.UpperLeft, 6, 4);
    }
}
