using System.Xml.Linq;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

public sealed class PlotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_png_is_drawn()
    {
        byte[] bytes = File.ReadAllBytes(Draw("plot.png", budget: 9));
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], bytes[..8]);
    }

    [Fact]
    public void An_svg_is_drawn()
    {
        XElement root = XDocument.Load(Draw("plot.svg", budget: null)).Root!;
        Assert.Equal("svg", root.Name.LocalName);
        Assert.Contains(root.Descendants(), e => e.Name.LocalName == "path");
    }

    [Theory]
    [InlineData("a.PNG", true)]
    [InlineData("a.svg", true)]
    [InlineData("a.jpg", false)]
    [InlineData("png", false)]
    public void The_ending_says_the_format(string path, bool canWrite) => Assert.Equal(canWrite, TradeOffPlot.CanWrite(path));

    private string Draw(string name, double? budget)
    {
        string path = Path.Combine(_folder.FullName, name);
        StatisticsFile file = StatisticsFile.Read(TestData.Path("stats.json"));
        TradeOffPlot.Save(StageOneFit.Fit(file.Pool, new StageOneOptions { Budget = budget }), path);
        return path;
    }
}
