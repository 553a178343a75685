using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Calibration.Statistics;

/// <summary>The statistics of a pool as a file has them.</summary>
/// <param name="Pool">The statistics.</param>
/// <param name="Notices">What was left out of the file on purpose, one sentence each.</param>
public sealed record StatisticsFile(PoolStatistics Pool, IReadOnlyList<string> Notices)
{
    /// <summary>Reads a statistics file.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static StatisticsFile Read(string file)
    {
        StatisticsReader reader = new(Json.JsonFile.Read(file));
        return new(reader.Read(), reader.Notices);
    }
}
