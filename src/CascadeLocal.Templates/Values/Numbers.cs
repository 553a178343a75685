using System.Globalization;
using System.Numerics;
using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Values;

/// <summary>What Python's bool, int and float have in common.</summary>
internal static class Numbers
{
    private const long MaxBits = 1 << 16;

    public static bool IsNumber(Value value) => value is IntegerValue or FloatValue or BooleanValue;

    /// <summary>An int, or a bool, which is one.</summary>
    public static bool TryInteger(Value value, out BigInteger number)
    {
        number = value switch
        {
            IntegerValue integer => integer.Number,
            BooleanValue boolean => boolean.IsTrue ? BigInteger.One : BigInteger.Zero,
            _ => default,
        };
        return value is IntegerValue or BooleanValue;
    }

    /// <exception cref="TemplateException">An int that no float can hold.</exception>
    public static double ToDouble(Value value)
    {
        if (value is FloatValue real)
            return real.Number;
        TryInteger(value, out BigInteger integer);
        double number = (double)integer;
        return double.IsFinite(number) ? number : throw TemplateException.Failed("int too large to convert to float");
    }

    /// <summary>Their order, exact also between int and float; null where one is not a number (nan).</summary>
    public static int? Compare(Value a, Value b)
    {
        bool aIsInteger = TryInteger(a, out BigInteger x), bIsInteger = TryInteger(b, out BigInteger y);
        if (aIsInteger && bIsInteger)
            return x.CompareTo(y);
        if (aIsInteger)
            return -CompareTo(((FloatValue)b).Number, x);
        if (bIsInteger)
            return CompareTo(((FloatValue)a).Number, y);
        double p = ((FloatValue)a).Number, q = ((FloatValue)b).Number;
        return double.IsNaN(p) || double.IsNaN(q) ? null : p.CompareTo(q);
    }

    /// <summary>Refuses integers so large that arithmetic on them would take its time.</summary>
    public static IntegerValue Integer(BigInteger number) => number.GetBitLength() <= MaxBits
        ? new(number)
        : throw TemplateException.Exceeded($"an integer has more than {MaxBits} bits");

    public static string ToText(BigInteger number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        return text.Length - (number.Sign < 0 ? 1 : 0) <= NumberText.MaxDigits
            ? text
            : throw TemplateException.Failed($"Exceeds the limit ({NumberText.MaxDigits} digits) for integer string conversion");
    }

    private static int? CompareTo(double number, BigInteger integer)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return Math.Sign(number);
        double whole = Math.Floor(number);
        int order = new BigInteger(whole).CompareTo(integer);
        return order != 0 || whole == number ? order : 1;
    }
}
