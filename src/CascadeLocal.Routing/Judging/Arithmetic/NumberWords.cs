using System.Collections.Frozen;

namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>Words that stand for numbers.</summary>
internal static class NumberWords
{
    private static readonly FrozenDictionary<string, double> Values = new Dictionary<string, double>
    {
        ["one"] = 1,
        ["two"] = 2,
        ["three"] = 3,
        ["four"] = 4,
        ["five"] = 5,
        ["six"] = 6,
        ["seven"] = 7,
        ["eight"] = 8,
        ["nine"] = 9,
        ["ten"] = 10,
        ["eleven"] = 11,
        ["twelve"] = 12,
        ["thirteen"] = 13,
        ["fourteen"] = 14,
        ["fifteen"] = 15,
        ["sixteen"] = 16,
        ["seventeen"] = 17,
        ["eighteen"] = 18,
        ["nineteen"] = 19,
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fifty"] = 50,
        ["sixty"] = 60,
        ["seventy"] = 70,
        ["eighty"] = 80,
        ["ninety"] = 90,
        ["hundred"] = 100,
        ["thousand"] = 1000,
        ["million"] = 1e6,
        ["once"] = 1,
        ["twice"] = 2,
        ["double"] = 2,
        ["doubled"] = 2,
        ["doubles"] = 2,
        ["pair"] = 2,
        ["pairs"] = 2,
        ["both"] = 2,
        ["couple"] = 2,
        ["thrice"] = 3,
        ["triple"] = 3,
        ["tripled"] = 3,
        ["triples"] = 3,
        ["quadruple"] = 4,
        ["dozen"] = 12,
        ["dozens"] = 12,
        ["half"] = 0.5,
        ["third"] = 1.0 / 3,
        ["thirds"] = 1.0 / 3,
        ["quarter"] = 0.25,
        ["quarters"] = 0.25,
        ["fourth"] = 0.25,
        ["fourths"] = 0.25,
        ["fifth"] = 0.2,
        ["fifths"] = 0.2,
        ["sixth"] = 1.0 / 6,
        ["eighth"] = 0.125,
        ["tenth"] = 0.1,
        ["tenths"] = 0.1,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Values.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The value of a word, or 0 where it has none.</summary>
    public static double ValueOf(ReadOnlySpan<char> word) => BySpan.TryGetValue(word, out double value) ? value : 0;

    /// <summary>What a word multiplies the number before it with, "3 dozen", or null.</summary>
    public static double? ScaleOf(ReadOnlySpan<char> word) => word switch
    {
        "dozen" or "dozens" => 12,
        "hundred" => 100,
        "thousand" => 1000,
        "million" => 1e6,
        "billion" => 1e9,
        _ => null,
    };
}
