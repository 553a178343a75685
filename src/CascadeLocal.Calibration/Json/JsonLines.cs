namespace CascadeLocal.Calibration.Json;

/// <summary>Reads a JSON Lines file: one object a line.</summary>
internal static class JsonLines
{
    /// <summary>The objects in file order; each knows its line.</summary>
    /// <exception cref="DataFileException">The file cannot be read, holds nothing, or a line is not a whole JSON object.</exception>
    public static IReadOnlyList<JsonField> Read(string file)
    {
        List<JsonField> rows = [];
        DataLines.Read(file, line => rows.Add(Parse(file, line)));
        return rows;
    }

    private static JsonField Parse(string file, DataLine line)
    {
        try
        {
            JsonField row = JsonFile.Parse(file, line.Bytes, line.Number);
            row.Members();  // throws if it is no object
            row.Source = line.Bytes.ToArray();
            return row;
        }
        catch (DataFileException e) when (!line.IsTerminated)
        {
            throw new DataFileException(file, line.Number, e.Field, "the file ends within this line, which is not a whole JSON object");
        }
    }
}
