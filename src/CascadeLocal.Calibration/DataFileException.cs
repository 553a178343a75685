namespace CascadeLocal.Calibration;

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
