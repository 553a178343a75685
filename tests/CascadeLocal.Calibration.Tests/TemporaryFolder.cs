using System.IO.Compression;
using System.Text;

namespace CascadeLocal.Calibration.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-calibration-tests-");

    public string Path => _folder.FullName;

    /// <summary>Writes a text as UTF-8, packed if the name ends with .gz.</summary>
    public string Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        byte[] bytes = new UTF8Encoding(false).GetBytes(text);
        using FileStream file = File.Create(path);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            file.Write(bytes);
            return path;
        }

        using GZipStream packed = new(file, CompressionLevel.Fastest);
        packed.Write(bytes);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
