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

    /// <summary>Its type in words, an array's with that of its elements.</summary>
    public string TypeName => IsArray ? $"an array of {ElementType}" : Type.ToString();

    /// <summary>Whether this is an array.</summary>
    public bool IsArray => Type == GgufValueType.Array;
}

/// <summary>The types of GGUF metadata values, numbered as in the file.</summary>
internal enum GgufValueType
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>Sizes and kinds of <see cref="GgufValueType"/>.</summary>
internal static class GgufValueTypes
{
    /// <summary>Bytes of one value; for a string its length prefix, the least it takes; 0 for what is no value's type.</summary>
    public static int MinimumSize(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 or GgufValueType.String => 8,
        _ => 0,
    };

    /// <summary>Whether values of this type are whole numbers.</summary>
    public static bool IsInteger(this GgufValueType type) =>
        type is GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.UInt16 or GgufValueType.Int16
            or GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.UInt64 or GgufValueType.Int64;
}
