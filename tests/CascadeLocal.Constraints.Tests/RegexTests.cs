using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

using CascadeLocal.Constraints.Grammars;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>Regular expressions against those of .NET, and what of them is refused.</summary>
public sealed class RegexTests
{
    private const string Letters = "ab0 -\n";

    [Theory]
    [InlineData(@"\d{3}-\d{4}", "555-1234", true)]
    [InlineData(@"^\d{3}$", "555", true)]
    [InlineData(@"(?:a|b)+?c", "abac", true)]
    [InlineData(@"(?<year>\d{4})", "2026", true)]
    [InlineData(@"[^\s]+", "a\u00a0", false)]
    [InlineData(@"\u{1F600}\uD83D\uDE00\x41\cJ", "😀😀A\n", true)]
    [InlineData(@"a.c", "a\nc", false)]
    [InlineData(@"[\w.+-]+@[\w-]+\.\w{2,}", "a.b+c@d-e.fr", true)]
    [InlineData(@"", "", true)]
    [InlineData(@"a{", "a{", true)]
    [InlineData(@"[]", "", false)]
    [InlineData(@"(?!.*aa)(?=.{2,3}$)[ab]+", "aba", true)]
    [InlineData(@"(?!.*aa)(?=.{2,3}$)[ab]+", "aab", false)]
    [InlineData(@"(?!.*aa)(?=.{2,3}$)[ab]+", "abab", false)]
    [InlineData(@"(?!^[-+.]*$)[+-]?0*\d*\.?\d*", "-0.5", true)]
    [InlineData(@"(?!^[-+.]*$)[+-]?0*\d*\.?\d*", "-.", false)]
    [InlineData(@"P(\d+W|(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?)", "P1DT2M", true)]
    [InlineData(@"P(\d+W|(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?)", "P1DT", false)]
    [InlineData(@"P(\d+W|(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?)", "P", false)]
    [InlineData(@"a(?!\s)\s?b?", "a\u00a0b", false)]
    public void A_whole_text_fits_or_does_not(string regex, string text, bool fits)
    {
        if (regex == "[]")
            Assert.Throws<ConstraintException>(() => Compiled.Regex(regex));
        else
            Assert.Equal(fits, Compiled.Regex(regex).Accepts(text));
    }

    [Theory]
    [InlineData(@"(a)\1", "back-reference at position 3")]
    [InlineData(@"\k<a>", "back-reference")]
    [InlineData("(a(?=b))*b", "look-ahead")]
    [InlineData("(a(?!b)|c)d", "look-ahead")]
    [InlineData("a(?!^b)b", "look-ahead")]
    [InlineData("(?<=a)b", "look-behind")]
    [InlineData("(?<!a)b", "look-behind")]
    [InlineData("(?i)a", "kind of group")]
    [InlineData(@"\bword", "word boundary")]
    [InlineData(@"\p{L}", "Unicode property")]
    [InlineData("a{99999999999}", "beyond")]
    [InlineData("a^b", "anchor")]
    [InlineData("(a$)b", "anchor")]
    [InlineData("^*", "anchor")]
    public void What_is_not_served_is_refused_by_name(string regex, string reason) => AssertRefused(regex, reason, isInvalid: false);

    [Theory]
    [InlineData(@"\q", "escape")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "unmatched )")]
    [InlineData("[a", "not closed")]
    [InlineData("[z-a]", "swapped")]
    [InlineData(@"[\d-z]", "no character")]
    [InlineData("*a", "nothing before")]
    [InlineData("a**", "second quantifier")]
    [InlineData("a{3,2}", "swapped")]
    [InlineData(@"\uD800", "surrogate")]
    public void What_is_wrong_in_itself_is_refused_by_name_as_invalid(string regex, string reason) => AssertRefused(regex, reason, isInvalid: true);

    [Fact]
    public void Random_expressions_fit_what_they_fit_in_dotnet()
    {
        Random random = new(7);
        int fitting = 0;
        for (int round = 0; round < 400; round++)
        {
            string source = RandomRegex(random, 3);
            Regex known = new($@"\A(?:{source})\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            CompiledConstraint ours;
            try
            {
                ours = Compiled.Regex(source);
            }
            catch (ConstraintException exception) when (exception.Message.Contains("may be empty", StringComparison.Ordinal))
            {
                continue;
            }

            for (int text = 0; text < 60; text++)
            {
                string sample = RandomText(random);
                bool fits = known.IsMatch(sample);
                fitting += fits ? 1 : 0;
                Assert.True(fits == ours.Accepts(sample), $"{source} on {sample}: {fits}");
            }
        }

        Assert.True(fitting > 2000, $"only {fitting} texts fit");
    }

    [Fact]
    public void Random_patterns_of_strings_fit_anywhere_as_in_dotnet()
    {
        Random random = new(8);
        for (int round = 0; round < 200; round++)
        {
            string source = (random.Next(3) == 0 ? "^" : "") + RandomRegex(random, 2) + (random.Next(3) == 0 ? "$" : "");
            int most = random.Next(1, 8);
            // An anchor belongs to one alternative only, as it does there.
            Regex known = new(source.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            string schema = $$"""{"type":"string","pattern":{{System.Text.Json.JsonSerializer.Serialize(source)}},"maxLength":{{most.ToString(CultureInfo.InvariantCulture)}}}""";
            CompiledConstraint ours;
            try
            {
                ours = Compiled.Schema(schema);
            }
            catch (ConstraintException exception) when (exception.Message.Contains("may be empty", StringComparison.Ordinal)
                || exception.Message.Contains("cannot produce", StringComparison.Ordinal))
            {
                continue;
            }

            for (int text = 0; text < 60; text++)
            {
                string sample = RandomText(random);
                Assert.True(
                    (known.IsMatch(sample) && sample.Length <= most) == ours.Accepts($"\"{sample.Replace("\n", "\\n", StringComparison.Ordinal)}\""),
                    $"{source} up to {most} on {sample}");
            }
        }
    }

    [Fact]
    public void Random_look_aheads_fit_what_they_fit_in_dotnet()
    {
        Random random = new(9);
        (int fitting, int refused) = (0, 0);
        for (int round = 0; round < 200; round++)
        {
            string ahead = string.Concat(Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
                $"({(random.Next(2) == 0 ? "?=" : "?!")}{RandomRegex(random, 1)}{(random.Next(2) == 0 ? "$" : "")})"));
            string source = random.Next(3) switch
            {
                0 => ahead + RandomRegex(random, 2),
                1 => $"[ab]{ahead}({RandomRegex(random, 2)})",
                _ => $"(a|{ahead}({RandomRegex(random, 1)}))",
            };
            (string start, string end) = (random.Next(2) == 0 ? "^" : "", random.Next(2) == 0 ? "$" : "");
            source = $"{start}({source}){end}";
            Regex known = new(source.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.CultureInvariant);
            CompiledConstraint ours;
            try
            {
                ours = Compiled.Schema($$"""{"type":"string","pattern":{{System.Text.Json.JsonSerializer.Serialize(source)}}}""");
            }
            catch (ConstraintException exception) when (exception.Message.Contains("may be empty", StringComparison.Ordinal)
                || exception.Message.Contains("cannot produce", StringComparison.Ordinal))
            {
                refused++;
                continue;
            }

            for (int text = 0; text < 60; text++)
            {
                string sample = RandomText(random);
                bool fits = known.IsMatch(sample);
                fitting += fits ? 1 : 0;
                Assert.True(fits == ours.Accepts($"\"{sample.Replace("\n", "\\n", StringComparison.Ordinal)}\""), $"{source} on {sample}: {fits}");
            }
        }

        Assert.True(fitting > 2000, $"only {fitting} texts fit");
        Assert.True(refused < 100, $"{refused} expressions were refused");
    }

    private static string RandomText(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => Letters[random.Next(Letters.Length)]));

    private static string RandomRegex(Random random, int depth)
    {
        StringBuilder regex = new();
        for (int part = random.Next(1, 4); part > 0; part--)
        {
            string item = random.Next(depth > 0 ? 9 : 7) switch
            {
                0 => "a",
                1 => "b",
                2 => "[ab]",
                3 => "[^a0]",
                4 => @"\d",
                5 => @"\w",
                6 => @"[\s-]",
                _ => $"({RandomRegex(random, depth - 1)})",
            };
            string quantifier = random.Next(10) switch { 0 => "*", 1 => "+", 2 => "?", 3 => "{2}", 4 => "{1,3}", 5 => "{2,}", 6 => "*?", _ => "" };
            regex.Append(item).Append(quantifier);
        }

        if (depth > 0 && random.Next(3) == 0)
            regex.Append('|').Append(RandomRegex(random, depth - 1));
        return regex.ToString();
    }

    private static void AssertRefused(string regex, string reason, bool isInvalid)
    {
        ConstraintException refusal = Assert.Throws<ConstraintException>(() => Compiled.Regex(regex));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isInvalid, refusal.IsInvalid);
    }
}
