namespace CascadeLocal.Calibration.Json;

/// <summary>Reads a JSON Lines file: one object a line. Empty lines, a byte order mark, any line ends and .gz are fine.</summary>
internal static class JsonLines
{
    /// <summary>The objects in file order; each knows its line.</summary>
    /// <exception cref="DataFileException">The file cannot be read, holds nothing, or a line is not a whole JSON object.</exception>
    public static IEnumerable<JsonField> Read(string file) => Parse(file, DataFile.ReadAllBytes(file));

    /// <summary>The objects of a file's content, in file order.</summary>
    /// <exception cref="DataFileException">There is nothing, or a line is not a whole JSON object.</exception>
    public static IEnumerable<JsonField> Parse(string file, byte[] bytes)
    {
        bool empty = true;
        int line = 1;
        for (int start = 0; start < bytes.Length; line++)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            int end = length < 0 ? bytes.Length : start + length;
            if (!bytes.AsSpan(start, end - start).Trim(" \t\r"u8).IsEmpty)
            {
                empty = false;
                yield return ParseLine(file, bytes.AsSpan(start, end - start), line, isTerminated: length >= 0);
            }

            start = end + 1;
        }

        if (empty)
            throw new DataFileException(file, null, "", "the file is empty");
    }

    private static JsonField ParseLine(string file, ReadOnlySpan<byte> bytes, int line, bool isTerminated)
    {
        try
        {
            JsonField row = JsonFile.Parse(file, bytes, line);
            row.Members();  // throws if it is no object
            return row;
        }
        catch (DataFileException e) when (!isTerminated)
        {
            throw new DataFileException(file, line, e.Field, "the file ends within this line, which is not a whole JSON object");
        }
    }
}
