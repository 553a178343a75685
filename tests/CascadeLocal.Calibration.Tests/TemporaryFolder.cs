using System.IO.Compression;
using System.Text;

namespace CascadeLocal.Calibration.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-calibration-tests-");

    public string Path => _folder.FullName;

    /// <summary>The path of a file in it, which need not exist.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a text as UTF-8, packed if the name ends with .gz.</summary>
    public string Write(string name, string text)
    {
        string path = File(name);
        byte[] bytes = new UTF8Encoding(false).GetBytes(text);
        using FileStream file = System.IO.File.Create(path);
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
