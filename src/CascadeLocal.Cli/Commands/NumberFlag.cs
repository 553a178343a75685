using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace CascadeLocal.Cli.Commands;

/// <summary>
/// Flags whose value is a number. It is checked where it is read: a validator of the library runs before that, and cannot ask for a
/// value that is none.
/// </summary>
internal static class NumberFlag
{
    /// <summary>Refuses all but the numbers for which <paramref name="isIn"/> holds.</summary>
    /// <param name="option">The flag.</param>
    /// <param name="range">These numbers in words, such as <c>a whole number from 1</c>.</param>
    /// <param name="isIn">Whether a number is one of them.</param>
    public static Option<T> Taking<T>(this Option<T> option, string range, Predicate<T> isIn)
        where T : struct, INumber<T>
    {
        option.CustomParser = argument => Read(argument, option.Name, range, isIn);
        return option;
    }

    /// <summary>The same for a flag without a default.</summary>
    public static Option<T?> Taking<T>(this Option<T?> option, string range, Predicate<T> isIn)
        where T : struct, INumber<T>
    {
        option.CustomParser = argument => Read(argument, option.Name, range, isIn);
        return option;
    }

    /// <summary>Whole numbers from <paramref name="least"/>.</summary>
    public static Option<int> From(this Option<int> option, int least) => option.Taking(WholeFrom(least), n => n >= least);

    /// <summary>The same for a flag without a default.</summary>
    public static Option<int?> From(this Option<int?> option, int least) => option.Taking<int>(WholeFrom(least), n => n >= least);

    private static string WholeFrom(int least) => $"a whole number from {least}";

    private static T Read<T>(ArgumentResult argument, string name, string range, Predicate<T> isIn)
        where T : struct, INumber<T>
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T number) && isIn(number))
            return number;
        argument.AddError($"{name} '{text}' must be {range}.");
        return default;
    }
}
