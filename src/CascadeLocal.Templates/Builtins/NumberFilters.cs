using System.Globalization;
using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters that make or change numbers.</summary>
internal static class NumberFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("int", "default? base?", Int)
        .Add("float", "default?", (_, v, a) => v is Undefined undefined ? throw undefined.Failure() : ToFloat(v) ?? a.Or(0, Value.Of(0.0)))
        .Add("abs", "", (_, v, _) => Abs(v))
        .Add("round", "precision? method?", Round)
        .Add("filesizeformat", "binary?", FileSize);

    private static Value Int(Rendering rendering, Value value, Bound arguments)
    {
        Value fallback = arguments.Or(0, Value.Of(0));
        switch (value)
        {
            case Undefined undefined:
                throw undefined.Failure();
            case StringValue text when NumberText.ParseInteger(text.Text, arguments.Clamped(1, 10)) is { } number:
                return new IntegerValue(number);
            case FloatValue { Number: var real } when double.IsInfinity(real):
                throw TemplateException.Failed("cannot convert float infinity to integer");
            case FloatValue { Number: var real } when double.IsFinite(real):
                return new IntegerValue(new BigInteger(real));
            case StringValue when ToFloat(value) is { Number: var real } && double.IsFinite(real):
                return new IntegerValue(new BigInteger(real));
            default:
                return Numbers.TryInteger(value, out BigInteger integer) ? new IntegerValue(integer) : fallback;
        }
    }

    /// <summary>Python's float(), or null where it refuses.</summary>
    private static FloatValue? ToFloat(Value value) => value switch
    {
        _ when Numbers.IsNumber(value) => new(Numbers.ToDouble(value)),
        StringValue text when NumberText.ParseFloat(text.Text) is { } number => new(number),
        _ => null,
    };

    private static Value Abs(Value value) => value switch
    {
        FloatValue real => Value.Of(Math.Abs(real.Number)),
        _ when Numbers.TryInteger(value, out BigInteger number) => new IntegerValue(BigInteger.Abs(number)),
        Undefined undefined => throw undefined.Failure(),
        _ => throw TemplateException.Failed($"bad operand type for abs(): '{value.TypeName}'"),
    };

    private static Value Round(Rendering rendering, Value value, Bound arguments)
    {
        int precision = Math.Clamp(arguments.Clamped(0, 0), -400, 400);
        string method = arguments.String(1, "common");
        if (method is not ("common" or "ceil" or "floor"))
            throw TemplateException.Failed("method must be common, ceil or floor");
        if (value is Undefined undefined)
            throw undefined.Failure();
        if (!Numbers.IsNumber(value))
            throw TemplateException.Failed($"type {value.TypeName} doesn't define __round__ method");
        if (method == "common")
            return Numbers.TryInteger(value, out BigInteger integer) ? RoundInteger(integer, precision) : RoundFloat(Numbers.ToDouble(value), precision);
        Value power = Arithmetic.Apply("**", Value.Of(10), Value.Of(precision));
        double scaled = Numbers.ToDouble(Arithmetic.Apply("*", value, power));
        if (!double.IsFinite(scaled))
            throw TemplateException.Failed("cannot convert float infinity to integer");
        return Arithmetic.Apply("/", new IntegerValue(new BigInteger(method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled))), power);
    }

    private static IntegerValue RoundInteger(BigInteger number, int precision)
    {
        if (precision >= 0)
            return new(number);
        BigInteger unit = BigInteger.Pow(10, -precision);
        BigInteger down = number - (number % unit + unit) % unit;
        int half = ((number - down) * 2).CompareTo(unit);
        return new(half > 0 || (half == 0 && !(down / unit).IsEven) ? down + unit : down);
    }

    private static FloatValue RoundFloat(double number, int precision) => double.IsFinite(number)
        ? new(double.Parse(FloatText.Rounded(number, precision), CultureInfo.InvariantCulture))
        : new(number);

    private static StringValue FileSize(Rendering rendering, Value value, Bound arguments)
    {
        double bytes = ToFloat(value)?.Number ?? throw TemplateException.Failed($"no number of bytes: {value.TypeName}");
        bool isBinary = arguments.Flag(0);
        int unitBase = isBinary ? 1024 : 1000;
        if (bytes == 1)
            return rendering.String("1 Byte");
        if (bytes < unitBase)
            return rendering.String($"{new BigInteger(bytes)} Bytes");
        string[] prefixes = isBinary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        int power = 0;
        double unit = (double)unitBase * unitBase;
        while (bytes >= unit && power < prefixes.Length - 1)
        {
            power++;
            unit *= unitBase;
        }

        return rendering.String($"{FloatText.Fixed(unitBase * bytes / unit, 1)} {prefixes[power]}");
    }
}
