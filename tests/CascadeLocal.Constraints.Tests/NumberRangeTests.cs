using System.Globalization;

using CascadeLocal.Constraints.Grammars;

using CsCheck;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>Numbers between bounds, against comparing them.</summary>
public sealed class NumberRangeTests
{
    private static readonly Gen<decimal> Bound = Gen.Select(Gen.Int[-2000, 2000], Gen.Int[0, 2], (whole, digits) => whole / (decimal)Math.Pow(10, digits));

    [Fact]
    public void An_integer_fits_where_it_lies_between_the_bounds() =>
        Gen.Select(Bound, Bound, Gen.Bool, Gen.Bool).Sample(
            (min, max, above, below) =>
            {
                if (Try("integer", min, max, above, below) is not { } constraint)
                    return;
                for (int value = (int)min - 3; value <= (int)max + 3; value++)
                    Assert.Equal(Lies(value, min, max, above, below), constraint.Accepts(value.ToString(CultureInfo.InvariantCulture)));
            },
            iter: 150,
            threads: 1,
            seed: "0000KtZTCYk3");

    [Fact]
    public void A_number_fits_where_it_lies_between_the_bounds() =>
        Gen.Select(Bound, Bound, Gen.Bool, Gen.Bool, Gen.Int).Sample(
            (min, max, above, below, seed) =>
            {
                if (Try("number", min, max, above, below) is not { } constraint)
                    return;
                Random random = new(seed);
                for (int sample = 0; sample < 60; sample++)
                {
                    decimal near = random.Next(3) switch { 0 => min, 1 => max, _ => min + ((max - min) * random.Next(100) / 100) };
                    decimal value = near + (random.Next(-3, 4) / (decimal)Math.Pow(10, random.Next(4)));
                    if (value == 0)
                        value = 0;
                    string text = value.ToString(CultureInfo.InvariantCulture);
                    Assert.True(Lies(value, min, max, above, below) == constraint.Accepts(text), $"{text} between {min} and {max}");
                }
            },
            iter: 150,
            threads: 1,
            seed: "0000KtZTCYk3");

    private static bool Lies(decimal value, decimal min, decimal max, bool above, bool below) =>
        (above ? value > min : value >= min) && (below ? value < max : value <= max);

    private static CompiledConstraint? Try(string type, decimal min, decimal max, bool above, bool below)
    {
        string schema = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"type\":\"{type}\",\"{(above ? "exclusiveMinimum" : "minimum")}\":{min},\"{(below ? "exclusiveMaximum" : "maximum")}\":{max}}}");
        try
        {
            return Compiled.Schema(schema);
        }
        catch (ConstraintException)
        {
            bool isEmpty = min > max || (min == max && (above || below))
                || (type == "integer" && !Enumerable.Range((int)Math.Floor(min) - 1, (int)(max - min) + 3).Any(value => Lies(value, min, max, above, below)));
            Assert.True(isEmpty, schema);
            return null;
        }
    }
}
