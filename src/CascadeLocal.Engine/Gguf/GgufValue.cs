namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// One metadata value. Numbers and short arrays of numbers are held; strings up to
/// <see cref="GgufParser.LongestHeldString"/> bytes are held; of everything longer only the place in the file is kept.
/// </summary>
/// <param name="Type">The value's type.</param>
/// <param name="ElementType">For an array: the type of its elements; else equal to <paramref name="Type"/>.</param>
/// <param name="Count">Elements of an array; 1 for everything else.</param>
/// <param name="Offset">Where the value (an array's first element) starts in the file.</param>
internal sealed record GgufValue(GgufValueType Type, GgufValueType ElementType, long Count, long Offset)
{
    /// <summary>The text of a string that is held.</summary>
    public string? Text { get; init; }

    /// <summary>A number, or the elements of a short array of numbers, exact up to 2^53; bools are 0 and 1.</summary>
    public double[]? Numbers { get; init; }

    /// <summary>Whether this is an array.</summary>
    public bool IsArray => Type == GgufValueType.Array;
}
