using System.Text;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

/// <summary>Files and texts that tests read.</summary>
internal static class TestData
{
    /// <summary>A file of this project.</summary>
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "data", name);

    /// <summary>A published file of CRE-Router; skips the test where there is none.</summary>
    public static string Published(string name)
    {
        string path = System.IO.Path.Combine(RepositoryPaths.Shared ?? "", "data", "cre-router", name);
        Assert.SkipUnless(File.Exists(path), $"../shared/data/cre-router/{name} is not there");
        return path;
    }

    /// <summary>Reads statistics from a text.</summary>
    public static PoolStatistics Statistics(string json) => new StatisticsReader(Parse(json)).Read();

    /// <summary>Parses a text as the file <c>stats.json</c>.</summary>
    public static JsonField Parse(string json) => JsonFile.Parse("stats.json", Encoding.UTF8.GetBytes(json));
}
