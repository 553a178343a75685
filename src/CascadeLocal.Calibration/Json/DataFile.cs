using System.IO.Compression;

namespace CascadeLocal.Calibration.Json;

/// <summary>The bytes of a data file.</summary>
internal static class DataFile
{
    /// <summary>All of a file; one that is called .gz is unpacked.</summary>
    /// <exception cref="DataFileException">The file cannot be read.</exception>
    public static byte[] ReadAllBytes(string file)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            return file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Unpack(bytes) : bytes;
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

    private static byte[] Unpack(byte[] bytes)
    {
        using GZipStream packed = new(new MemoryStream(bytes), CompressionMode.Decompress);
        using MemoryStream unpacked = new();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
