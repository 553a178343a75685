using CascadeLocal.Routing.Judging.Arithmetic;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging.Arithmetic;

/// <summary>What counts as an equation of a text, and whether it holds.</summary>
public sealed class EquationTests
{
    [Theory]
    [InlineData("3 + 4 = 7")]
    [InlineData("So he has 3 apples, 4 + 5 = 9 in all.")]
    [InlineData("$1,200 * 3 = $3,600")]
    [InlineData("4 car washes a month * 12 months = 48 car washes")]
    [InlineData("$15/car * 3 cars = $45")]
    [InlineData("5 x 8 = 40")]
    [InlineData("5 × 8 = 40")]
    [InlineData("40 ÷ 8 = 5")]
    [InlineData("5 times 8 = 40")]
    [InlineData("12 \\* 3 = 36")]
    [InlineData("20% of 50 = 10")]
    [InlineData("1/2 of 10 = 5")]
    [InlineData("100% - 40% = 60%")]
    [InlineData("40 / 100 = 40%")]
    [InlineData("10 / 3 = 3.33")]
    [InlineData("2(3 + 4) = 14")]
    [InlineData("-5 + 3 = -2")]
    [InlineData("2^10 = 1024")]
    [InlineData("2**10 = 1024")]
    [InlineData("3 dozen - 6 = 30")]
    [InlineData("1/4 + 1/4 = 1/2")]
    [InlineData("12 \\times 3 = 36")]
    [InlineData("\\frac{12}{4} + 1 = 4")]
    [InlineData("10 \\div \\frac{1}{2} = 20")]
    [InlineData("\\(\\$60 - \\$26 = \\$34\\)")]
    [InlineData("60 - 26 equals 34")]
    [InlineData("$60 (cable package) - $26 (streaming) = $34")]
    public void An_equation_that_is_right_holds(string text)
    {
        Equation equation = Assert.Single(Read(text));
        Assert.Equal(EquationVerdict.Holds, equation.Verdict);
    }

    [Theory]
    [InlineData("3 + 4 = 8")]
    [InlineData("$1,200 * 3 = $3,800")]
    [InlineData("20% of 50 = 12")]
    [InlineData("\\frac{12}{4} + 1 = 5")]
    [InlineData("4500 / (1 + 1 + 1.01) = 1500")]
    [InlineData("10 / 3 = 3.5")]
    public void An_equation_that_is_not_right_is_wrong(string text)
    {
        Equation equation = Assert.Single(Read(text));
        Assert.Equal(EquationVerdict.Wrong, equation.Verdict);
    }

    [Theory]
    [InlineData("5 / 2 = 3")]
    [InlineData("10 / 3 = 3")]
    [InlineData("20 / 3 = 6.6")]
    public void A_result_within_one_unit_of_its_last_digit_is_rounded(string text) =>
        Assert.Equal(EquationVerdict.Rounded, Assert.Single(Read(text)).Verdict);

    [Theory]
    [InlineData("")]
    [InlineData("x = 5")]
    [InlineData("7x + 11x = 162")]
    [InlineData("6 * A = 347")]
    [InlineData("200 + 5x = 25y")]
    [InlineData("number of students = 80")]
    [InlineData("a <= 3 and b >= 4 and 2 + 2 != 5")]
    [InlineData("5 / 0 = 1")]
    [InlineData("3 + 4 is left. = 7")]
    public void What_cannot_be_computed_is_no_equation(string text) => Assert.Empty(Read(text));

    [Fact]
    public void Every_sign_of_a_chain_is_an_equation()
    {
        List<Equation> equations = Read("10 + 2*10 = 10 + 20 = 30");

        Assert.Equal([30, 30], equations.Select(equation => equation.Right));
        Assert.All(equations, equation => Assert.Equal(EquationVerdict.Holds, equation.Verdict));
        Assert.Null(equations[0].Result);
        Assert.Equal(30, equations[1].Result);
    }

    [Fact]
    public void A_running_computation_is_read_number_by_number()
    {
        List<Equation> equations = Read("12 + 84 = 96 ÷ 3 = 32");

        Assert.Equal([96.0, 32.0], equations.Select(equation => equation.Result!.Value));
        Assert.All(equations, equation => Assert.Equal(EquationVerdict.Holds, equation.Verdict));
    }

    [Fact]
    public void An_annotation_is_an_equation_of_its_own()
    {
        ScannedText scanned = TextScanner.Scan("He has 3 x 60 = $<<3*60=180>>180 left.");

        Assert.Equal(1, scanned.AnnotationCount);
        Assert.Equal(EquationVerdict.Holds, Assert.Single(EquationReader.Read(scanned.Annotations)).Verdict);
        Assert.Equal(EquationVerdict.Holds, Assert.Single(EquationReader.Read(scanned.Tokens)).Verdict);
    }

    [Fact]
    public void What_an_annotation_completes_is_elided_and_not_wrong() =>
        Assert.Equal(EquationVerdict.Elided, Assert.Single(Read("She uses 3/4 = <<16*3/4=12>>12 bags")).Verdict);

    [Fact]
    public void A_text_may_end_inside_an_annotation()
    {
        ScannedText scanned = TextScanner.Scan("He has 30 - 10 = <<30-1");

        Assert.True(scanned.EndsInAnnotation);
        Assert.Empty(EquationReader.Read(scanned.Annotations));
    }

    [Fact]
    public void Operands_are_the_numbers_of_the_left_side() =>
        Assert.Equal([1200.0, 0.05, 3.0], Assert.Single(Read("$1,200 * 5% * 3 = 180")).Operands);

    private static List<Equation> Read(string text) => EquationReader.Read(TextScanner.Scan(text).Tokens);
}
