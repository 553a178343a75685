using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Routing.StageOne;

using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Accuracy against mean cost of all ways to answer that a report compares, with the intervals of the accuracies.</summary>
public static class PolicyPlot
{
    private static readonly Color Member = Color.FromHex("#444444");
    private static readonly Color Ours = Color.FromHex("#D62728");
    private static readonly Color Other = Color.FromHex("#1F77B4");

    /// <summary>Draws a report into a PNG or SVG file. Ways to answer without a cost are left out.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(EvaluationReport report, string path)
    {
        ArgumentNullException.ThrowIfNull(report);
        using Plot plot = Draw(report);
        PlotFile.Save(plot, path);
    }

    private static Plot Draw(EvaluationReport report)
    {
        Plot plot = new();
        bool byCost = report.Metric == "cost";
        (PolicyReport Policy, double Cost)[] priced =
        [
            .. report.Policies.Select(policy => (policy, Cost: byCost ? policy.Cost : policy.TpotMs)).Where(p => p.Cost is not null).Select(p => (p.policy, p.Cost!.Value)),
        ];
        AddMixes(plot, [.. priced.Where(p => p.Policy.Kind == "member").OrderBy(p => p.Cost)]);
        double middle = priced.Length == 0 ? 0 : (priced.Min(p => p.Cost) + priced.Max(p => p.Cost)) / 2;
        // A policy without Stage 2 is its Stage 1: one point, and one text for both.
        foreach (var same in priced.GroupBy(p => (p.Cost, p.Policy.Accuracy)))
            AddPolicy(plot, same.Last().Policy, same.Key.Cost, string.Join(", ", same.Select(p => p.Policy.Name)), isLeft: same.Key.Cost <= middle);
        plot.XLabel(CostLabel.Of(byCost ? CostMetric.Cost : CostMetric.Tpot));
        plot.YLabel("accuracy in %");
        plot.Axes.Margins(0.1, 0.1);
        return plot;
    }

    // What random routing reaches between two members is the line between them.
    private static void AddMixes(Plot plot, (PolicyReport Policy, double Cost)[] members)
    {
        double[] costs = [.. members.Select(member => member.Cost)];
        double[] accuracies = [.. members.Select(member => 100 * member.Policy.Accuracy)];
        var line = plot.Add.Scatter(costs, accuracies, Colors.LightGray);
        line.MarkerSize = 0;
    }

    private static void AddPolicy(Plot plot, PolicyReport policy, double x, string name, bool isLeft)
    {
        double y = 100 * policy.Accuracy;
        Color color = policy.Kind switch { "member" => Member, "cascade" => Ours, _ => Other };
        MarkerShape shape = policy.Kind == "member" ? MarkerShape.FilledSquare : MarkerShape.FilledCircle;
        plot.Add.Marker(x, y, shape, policy.Kind == "cascade" ? 12 : 8, color);
        plot.Add.Line(x, 100 * policy.Ci95[0], x, 100 * policy.Ci95[1]).Color = color;
        // Names stand on the side where there is room; the cascades lie close to each other, so theirs stand above and below.
        bool isAbove = policy.Kind is "cascade" or "always_cascade";
        var label = plot.Add.Text(name, x, y);
        label.LabelFontColor = color;
        label.LabelAlignment = (isAbove, isLeft) switch
        {
            (true, true) => Alignment.LowerLeft,
            (true, false) => Alignment.LowerRight,
            (false, true) => Alignment.UpperLeft,
            (false, false) => Alignment.UpperRight,
        };
        (label.OffsetX, label.OffsetY) = (isLeft ? 7 : -7, isAbove ? -4 : 4);
    }
}
