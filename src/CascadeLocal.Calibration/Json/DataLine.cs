namespace CascadeLocal.Calibration.Json;

/// <summary>A line of a data file that is not blank, without its end and what surrounds it.</summary>
internal readonly ref struct DataLine(ReadOnlySpan<byte> bytes, int number, bool isTerminated)
{
    /// <summary>Its text; valid until the next line is read.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Its number in the file, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>Whether a line feed ended it; a file that was cut may end without one.</summary>
    public bool IsTerminated { get; } = isTerminated;
}
