using System.IO.Compression;

namespace CascadeLocal.Calibration.Json;

/// <summary>The bytes of a data file; one that is called .gz is unpacked.</summary>
internal static class DataFile
{
    /// <summary>Gives the content to <paramref name="read"/>.</summary>
    /// <exception cref="DataFileException">The file cannot be read.</exception>
    public static void Read(string file, Action<Stream> read)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using Stream content = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(stream, CompressionMode.Decompress)
                : stream;
            read(content);
        }
        catch (InvalidDataException)
        {
            throw new DataFileException(file, null, "", "this is not a whole gzip file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(file, null, "", e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message);
        }
    }

    /// <summary>All of a file.</summary>
    /// <exception cref="DataFileException">The file cannot be read.</exception>
    public static byte[] ReadAllBytes(string file)
    {
        using MemoryStream bytes = new();
        Read(file, content => content.CopyTo(bytes));
        return bytes.ToArray();
    }
}
