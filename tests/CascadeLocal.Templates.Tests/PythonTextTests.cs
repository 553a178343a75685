using System.Text.Json;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using CsCheck;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>Properties of values and texts.</summary>
public sealed class PythonTextTests
{
    [Fact]
    public void Every_float_prints_as_a_text_that_reads_back_the_same() => Gen.Double.Sample(
        number =>
        {
            string printed = Render("{{ x }}", Value.Of(number));
            return !double.IsFinite(number) || (double.Parse(printed, System.Globalization.CultureInfo.InvariantCulture).Equals(number)
                && (printed.Contains('.', StringComparison.Ordinal) || printed.Contains('e', StringComparison.Ordinal)));
        },
        iter: 10_000, threads: 1, seed: "0000KfJ1K3u2");

    [Fact]
    public void Every_text_is_as_long_as_its_list_and_reversed_twice_itself() => Gen.String.Sample(
        text => Render("{{ (x | list | length == x | length) and (x | list | join == x) and (x[::-1][::-1] == x) }}", Value.Of(text)) == "True"
            || HasHalfPairs(text),
        iter: 3_000, threads: 1, seed: "0000KfJ1K3u2");

    [Fact]
    public void Every_text_comes_back_from_tojson() => Gen.String.Where(s => !HasHalfPairs(s)).Sample(
        text => JsonDocument.Parse(Render("{{ x | tojson }}", Value.Of(text))).RootElement.GetString() == text
            && JsonDocument.Parse(Render("{{ x | tojson(ensure_ascii=true) }}", Value.Of(text))).RootElement.GetString() == text,
        iter: 3_000, threads: 1, seed: "0000KfJ1K3u2");

    [Fact]
    public void Sorting_agrees_with_the_order_of_integers() => Gen.Int.Array.Sample(
        numbers => Render("{{ x | sort | join(',') }}", Value.List(numbers.Select(n => Value.Of((long)n)))) == string.Join(',', numbers.Order()),
        iter: 2_000, threads: 1, seed: "0000KfJ1K3u2");

    [Theory]
    [InlineData("[1, 1.0, -0, 1e3, 123456789012345678901234567890, \"x\", null, true]", "[1, 1.0, 0, 1000.0, 123456789012345678901234567890, 'x', None, True]")]
    [InlineData("{\"b\": 1, \"a\": {\"c\": []}, \"b\": 2}", "{'b': 2, 'a': {'c': []}}")]
    public void Json_becomes_what_Python_reads(string json, string printed)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(printed, Render("{{ x }}", Value.FromJson(document.RootElement)));
    }

    private static bool HasHalfPairs(string text) => text.EnumerateRunes().Any(r => r.Value == 0xFFFD);

    private static string Render(string template, Value x) => ChatTemplate.Parse(template).Render(new Dictionary<string, Value> { ["x"] = x }).Text;
}
