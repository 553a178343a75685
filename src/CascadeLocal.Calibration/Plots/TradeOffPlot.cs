using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Routing.StageOne;

using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Accuracy against cost: single models, λ regions, the exact frontier and the chosen region.</summary>
public static class TradeOffPlot
{
    private const int FrontierSteps = 200;

    private static readonly Color Frontier = Colors.Gray;
    private static readonly Color Region = Color.FromHex("#1F77B4");
    private static readonly Color Model = Color.FromHex("#444444");
    private static readonly Color Choice = Color.FromHex("#D62728");

    /// <summary>Whether the ending of a path says .png or .svg.</summary>
    public static bool CanWrite(string path) => IsSvg(path) || path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    /// <summary>Draws a fit into a PNG or SVG file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(StageOneFit fit, string path)
    {
        using Plot plot = Draw(fit);
        PlotFile.Save(plot, path);
    }

    private static bool IsSvg(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);

    private static Plot Draw(StageOneFit fit)
    {
        Plot plot = new();
        AddFrontier(plot, fit);
        AddRegions(plot, fit);
        AddModels(plot, fit);
        AddChoice(plot, fit);
        plot.XLabel(CostLabel.Of(fit.Options.Metric));
        plot.YLabel("accuracy in %");
        // Names stand to the right of their points.
        plot.Axes.Margins(left: 0.1, right: 0.25, bottom: 0.1, top: 0.1);
        plot.ShowLegend(Alignment.UpperLeft);
        return plot;
    }

    // A budget between two plans buys the cheaper one: stairs, not a line.
    private static void AddFrontier(Plot plot, StageOneFit fit)
    {
        RoutingPlan[] plans = [.. ExactRouting.Frontier(fit, FrontierSteps).Reverse()];
        var stairs = plot.Add.Scatter(Costs(plans), Accuracies(plans), Frontier);
        stairs.ConnectStyle = ConnectStyle.StepHorizontal;
        stairs.MarkerSize = 3;
        stairs.LegendText = "exact frontier";
    }

    private static void AddRegions(Plot plot, StageOneFit fit)
    {
        RoutingPlan[] plans = [.. fit.Regions.Select(r => r.Plan)];
        var points = plot.Add.ScatterPoints(Costs(plans), Accuracies(plans), Region);
        points.MarkerSize = 9;
        points.LegendText = "λ regions";
        foreach (LambdaRegion region in fit.Regions)
            AddLabel(plot, FormattableString.Invariant($"λ {region.Name:0.####}"), region.Plan.Cost, region.Plan.Accuracy, Region, Alignment.LowerRight);
    }

    private static void AddModels(Plot plot, StageOneFit fit)
    {
        int[] models = [.. Enumerable.Range(0, fit.Costs.Count)];
        foreach (IGrouping<bool, int> group in models.GroupBy(m => fit.DominatedBy[m] is not null))
        {
            RoutingPlan[] plans = [.. group.Select(m => new RoutingPlan([m], fit.Statistics.Accuracy(m), fit.Costs[m]))];
            var points = plot.Add.ScatterPoints(Costs(plans), Accuracies(plans), Model);
            points.MarkerShape = group.Key ? MarkerShape.OpenSquare : MarkerShape.FilledSquare;
            points.LegendText = group.Key ? "dominated model alone" : "model alone";
            foreach (RoutingPlan plan in plans)
                AddLabel(plot, fit.Statistics.Models[plan.Models[0]].Name, plan.Cost, plan.Accuracy, Model, Alignment.UpperLeft);
        }
    }

    private static void AddChoice(Plot plot, StageOneFit fit)
    {
        RoutingPlan plan = fit.Chosen.Plan;
        var ring = plot.Add.Marker(plan.Cost, 100 * plan.Accuracy, MarkerShape.OpenCircle, 20, Choice);
        ring.LineWidth = 2;
        ring.LegendText = "chosen";
        if (fit.Options.Budget is not { } budget || budget > 2 * fit.Costs.Max())
            return;
        var line = plot.Add.VerticalLine(budget, 1, Choice, LinePattern.Dashed);
        line.LegendText = "budget";
    }

    private static void AddLabel(Plot plot, string text, double cost, double accuracy, Color color, Alignment alignment)
    {
        var label = plot.Add.Text(text, cost, 100 * accuracy);
        label.LabelFontColor = color;
        label.LabelAlignment = alignment;
        label.OffsetX = alignment == Alignment.UpperLeft ? 6 : -6;
        label.OffsetY = alignment == Alignment.UpperLeft ? 4 : -4;
    }

    private static double[] Costs(IEnumerable<RoutingPlan> plans) => [.. plans.Select(p => p.Cost)];

    private static double[] Accuracies(IEnumerable<RoutingPlan> plans) => [.. plans.Select(p => 100 * p.Accuracy)];
}
