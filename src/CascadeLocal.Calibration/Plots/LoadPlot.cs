using CascadeLocal.Calibration.Load;

using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Output tokens per second against TPOT, a line an endpoint and a point a load: further up and to the left is better.</summary>
public static class LoadPlot
{
    /// <summary>Draws the runs into a PNG or SVG file; the rounds of a load are one point, their mean.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(LoadReport report, string path)
    {
        ArgumentNullException.ThrowIfNull(report);
        using Plot plot = Draw(report);
        PlotFile.Save(plot, path);
    }

    private static Plot Draw(LoadReport report)
    {
        Plot plot = new();
        foreach (var endpoint in report.Runs.GroupBy(run => (run.Url, run.Model)))
        {
            (string Load, double Tpot, double Tokens)[] points =
            [
                .. from run in endpoint
                   where run.Figures.TpotMs is not null
                   group run.Figures by run.Concurrency into load
                   orderby load.Key
                   select (load.Key is { } count ? $"{count} at once" : "", load.Average(f => f.TpotMs!.Mean), load.Average(f => f.OutputTokensPerS)),
            ];
            var line = plot.Add.Scatter(points.Select(point => point.Tpot).ToArray(), points.Select(point => point.Tokens).ToArray());
            line.LegendText = $"{endpoint.Key.Url} {endpoint.Key.Model}";
            foreach ((string load, double tpot, double tokens) in points)
            {
                var label = plot.Add.Text(load, tpot, tokens);
                label.OffsetX = 8;
                label.LabelFontColor = line.Color;
            }
        }

        plot.XLabel("mean TPOT in ms");
        plot.YLabel("output tokens/s");
        plot.Axes.Margins(left: 0.1, right: 0.2, bottom: 0.1, top: 0.1);
        plot.ShowLegend(Alignment.LowerRight);
        return plot;
    }
}
