using CascadeLocal.Calibration.Evaluation.Reports;

using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Accuracy against mean TPOT of all ways to answer that a report compares, with the intervals of the accuracies.</summary>
public static class PolicyPlot
{
    private const int Width = 1000;
    private const int Height = 650;

    private static readonly Color Member = Color.FromHex("#444444");
    private static readonly Color Ours = Color.FromHex("#D62728");
    private static readonly Color Other = Color.FromHex("#1F77B4");

    /// <summary>Draws a report into a PNG or SVG file. Ways to answer without a TPOT are left out.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(EvaluationReport report, string path)
    {
        ArgumentNullException.ThrowIfNull(report);
        using Plot plot = Draw(report);
        // Written here, since errors of files then are those of .NET.
        if (path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
            File.WriteAllText(path, plot.GetSvgXml(Width, Height));
        else
            File.WriteAllBytes(path, plot.GetImageBytes(Width, Height, ImageFormat.Png));
    }

    private static Plot Draw(EvaluationReport report)
    {
        Plot plot = new();
        PolicyReport[] priced = [.. report.Policies.Where(policy => policy.TpotMs is not null)];
        AddMixes(plot, [.. priced.Where(policy => policy.Kind == "member").OrderBy(policy => policy.TpotMs)]);
        foreach (PolicyReport policy in priced)
            AddPolicy(plot, policy);
        plot.XLabel("mean TPOT in ms");
        plot.YLabel("accuracy in %");
        // Names stand to the right of their points.
        plot.Axes.Margins(left: 0.1, right: 0.25, bottom: 0.1, top: 0.1);
        return plot;
    }

    // What random routing reaches between two members is the line between them.
    private static void AddMixes(Plot plot, PolicyReport[] members)
    {
        double[] costs = [.. members.Select(member => member.TpotMs!.Value)];
        double[] accuracies = [.. members.Select(member => 100 * member.Accuracy)];
        var line = plot.Add.Scatter(costs, accuracies, Colors.LightGray);
        line.MarkerSize = 0;
        line.LinePattern = LinePattern.Dashed;
    }

    private static void AddPolicy(Plot plot, PolicyReport policy)
    {
        (double x, double y) = (policy.TpotMs!.Value, 100 * policy.Accuracy);
        Color color = policy.Kind switch { "member" => Member, "cascade" => Ours, _ => Other };
        MarkerShape shape = policy.Kind == "member" ? MarkerShape.FilledSquare : MarkerShape.FilledCircle;
        plot.Add.Marker(x, y, shape, policy.Kind == "cascade" ? 12 : 8, color);
        plot.Add.Line(x, 100 * policy.Ci95[0], x, 100 * policy.Ci95[1]).Color = color;
        var label = plot.Add.Text(policy.Name, x, y);
        label.LabelFontColor = color;
        label.LabelAlignment = Alignment.UpperLeft;
        (label.OffsetX, label.OffsetY) = (7, 4);
    }
}
