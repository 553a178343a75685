using System.Text.RegularExpressions;

using CascadeLocal.Trainer.Tasks;

using CsCheck;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

public sealed partial class TyposTests
{
    private const string Phrasing = "Could you tell me, in {1}, which word stands for {0}?";

    [Fact]
    public void Slots_stay_whole_whatever_is_mistyped() => Gen.Int.Sample(seed =>
        Assert.Equal(["{0}", "{1}"], Slot().Matches(Typos.Draw(new Random(seed), Phrasing)).Select(match => match.Value).Order()));

    [Fact]
    public void A_third_of_the_phrasings_stay_as_they_were_written()
    {
        Random random = new(2);
        Assert.InRange(Enumerable.Range(0, 4_000).Count(_ => Typos.Draw(random, Phrasing) == Phrasing), 1_200, 1_600);
    }

    [Fact]
    public void A_list_keeps_its_items_in_their_order() => Gen.Int.Sample(seed => Assert.Equal(
        ["7", "12", "3"], Typos.DrawList(new Random(seed), "7, 12, 3").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Where(item => item != "and")));

    [Theory]
    [InlineData("banana")]
    [InlineData("Ada is taller than Ben. Ben is taller than Cleo")]
    [InlineData("Tom, who is late, waits for it")]
    public void What_is_no_list_stays_as_it_is(string operand) =>
        Gen.Int.Sample(seed => Assert.Equal(operand, Typos.DrawList(new Random(seed), operand)));

    [Theory]
    [InlineData("7", "seven")]
    [InlineData("20", "twenty")]
    [InlineData("21", null)]
    [InlineData("7 days", null)]
    public void A_small_number_is_sometimes_a_word(string operand, string? word)
    {
        Random random = new(3);
        string[] typed = [.. Enumerable.Range(0, 1_200).Select(_ => Typos.DrawOperand(random, operand, mayBeSpelled: true))];
        Assert.All(typed, text => Assert.True(text == operand || text == word, text));
        if (word is not null)
            Assert.InRange(typed.Count(text => text == word), 50, 150);
        Assert.Equal(operand, Typos.DrawOperand(random, operand, mayBeSpelled: false));
    }

    [Fact]
    public void A_message_has_no_sentence_beside_it() => Gen.Int.Sample(seed =>
        Assert.DoesNotContain(
            Asides.InFront.Concat(Asides.Behind).Where(aside => aside.Split(' ').Length > 3),
            aside => Typos.Draw(new Random(seed), "good morning").Contains(aside, StringComparison.Ordinal)));

    [Fact]
    public void No_aside_has_a_slot_or_is_there_twice()
    {
        Assert.DoesNotContain(Asides.InFront.Concat(Asides.Behind), aside => aside.Contains('{', StringComparison.Ordinal));
        Assert.Equal(Asides.InFront.Count, Asides.InFront.Distinct().Count());
        Assert.Equal(Asides.Behind.Count, Asides.Behind.Distinct().Count());
    }

    [GeneratedRegex(@"\{[0-9]\}")]
    private static partial Regex Slot();
}
