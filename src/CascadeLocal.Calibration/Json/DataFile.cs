using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;

namespace CascadeLocal.Calibration.Json;

/// <summary>The bytes of a data file; one that is called .gz is unpacked.</summary>
internal static class DataFile
{
    /// <summary>Gives the content to <paramref name="read"/>.</summary>
    /// <exception cref="DataFileException">The file cannot be read.</exception>
    public static void Read(string file, Action<Stream> read)
    {
        if (Directory.Exists(file))
            throw new DataFileException(file, null, "", "this is a folder, not a file");
        try
        {
            using FileStream stream = File.OpenRead(file);
            // The framework's own reader takes the end of a file that was cut for the end of its content.
            using Stream content = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipInputStream(stream) : stream;
            read(content);
        }
        catch (Exception e) when (e is SharpZipBaseException or EndOfStreamException)
        {
            throw new DataFileException(file, null, "", "this is not a whole gzip file: it was cut, or is none");
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

/// <summary>A file does not hold what it should; the message names the file, the line, the field and what is wrong.</summary>
public sealed class DataFileException : Exception
{
    /// <param name="file">The file, as the user named it.</param>
    /// <param name="line">The line, from 1, or null where it has none.</param>
    /// <param name="field">The path of the field, such as <c>models.A.errors.0</c>, or empty for the whole file.</param>
    /// <param name="problem">What is wrong.</param>
    public DataFileException(string file, int? line, string field, string problem)
        : base($"{file}{(line is null ? "" : $":{line}")}: {(field.Length == 0 ? "" : $"{field}: ")}{problem}")
    {
        Line = line;
        Field = field;
    }

    /// <summary>The line, from 1, or null.</summary>
    public int? Line { get; }

    /// <summary>The path of the field, or empty.</summary>
    public string Field { get; }
}
