using System.Numerics;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's arithmetic: integers of any size, division with the sign of the divisor.</summary>
internal static class Arithmetic
{
    public static Value Apply(string sign, Value left, Value right)
    {
        bool areIntegers = Numbers.TryInteger(left, out BigInteger a) & Numbers.TryInteger(right, out BigInteger b);
        if (areIntegers && sign != "/" && !(sign == "**" && b.Sign < 0))
            return Integers(sign, a, b);
        return new FloatValue(Floats(sign, Numbers.ToDouble(left), Numbers.ToDouble(right)));
    }

    public static Value Negate(Value value) => value switch
    {
        FloatValue real => new FloatValue(-real.Number),
        _ when Numbers.TryInteger(value, out BigInteger number) => new IntegerValue(-number),
        Undefined undefined => throw undefined.Failure(),
        _ => throw TemplateException.Failed($"bad operand type for unary -: '{value.TypeName}'"),
    };

    public static Value Plus(Value value) => value switch
    {
        FloatValue => value,
        _ when Numbers.TryInteger(value, out BigInteger number) => new IntegerValue(number),
        Undefined undefined => throw undefined.Failure(),
        _ => throw TemplateException.Failed($"bad operand type for unary +: '{value.TypeName}'"),
    };

    private static IntegerValue Integers(string sign, BigInteger a, BigInteger b) => Numbers.Integer(sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => FloorDivide(a, b),
        "%" when b.IsZero => throw TemplateException.Failed("integer modulo by zero"),
        "%" => a - FloorDivide(a, b) * b,
        _ => Power(a, b),
    });

    private static double Floats(string sign, double a, double b)
    {
        switch (sign)
        {
            case "+":
                return a + b;
            case "-":
                return a - b;
            case "*":
                return a * b;
            case "**":
                return Power(a, b);
        }

        if (b == 0)
            throw TemplateException.Failed(sign switch { "/" => "division by zero", "%" => "float modulo", _ => "float floor division by zero" });
        return sign switch
        {
            "/" => a / b,
            "%" => Modulo(a, b),
            _ => FloorDivide(a, b),
        };
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        if (b.IsZero)
            throw TemplateException.Failed("integer division or modulo by zero");
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && rest.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static double Modulo(double a, double b)
    {
        double rest = a % b;
        if (rest == 0)
            return Math.CopySign(0, b);
        return rest < 0 != b < 0 ? rest + b : rest;
    }

    private static double FloorDivide(double a, double b)
    {
        double exact = (a - Modulo(a, b)) / b;
        if (exact == 0)
            return Math.CopySign(0, a / b);
        double floor = Math.Floor(exact);
        return exact - floor > 0.5 ? floor + 1 : floor;
    }

    private static BigInteger Power(BigInteger a, BigInteger b)
    {
        // Beyond this the result is too large, unless the base is -1, 0 or 1, whose powers repeat.
        if (BigInteger.Abs(a) <= 1)
            return b.IsZero || a.IsOne || (!a.IsZero && b.IsEven) ? 1 : a;
        if (b * (a.GetBitLength() - 1) > 1 << 17)
            throw TemplateException.Exceeded("an integer is too large");
        return BigInteger.Pow(a, (int)b);
    }

    private static double Power(double a, double b)
    {
        if (a == 0 && b < 0)
            throw TemplateException.Failed("0.0 cannot be raised to a negative power");
        double power = Math.Pow(a, b);
        if (double.IsNaN(power) && !double.IsNaN(a) && !double.IsNaN(b))
            throw TemplateException.Failed("a power that is a complex number");
        if (double.IsInfinity(power) && double.IsFinite(a) && double.IsFinite(b))
            throw TemplateException.Failed("(34, 'Numerical result out of range')");
        return power;
    }
}
