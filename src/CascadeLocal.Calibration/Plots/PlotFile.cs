using ScottPlot;

namespace CascadeLocal.Calibration.Plots;

/// <summary>Writes plots: PNG, or SVG where the path says so. Errors of files are those of .NET.</summary>
internal static class PlotFile
{
    private const int Width = 1000;
    private const int Height = 650;

    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Plot plot, string path)
    {
        if (path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
            File.WriteAllText(path, plot.GetSvgXml(Width, Height));
        else
            File.WriteAllBytes(path, plot.GetImageBytes(Width, Height, ImageFormat.Png));
    }
}
