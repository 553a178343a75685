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
    [InlineData("21", "twenty-one", "twenty one")]
    [InlineData("100", "a hundred")]
    [InlineData("101", "101")]
    [InlineData("7 days", "7 days")]
    [InlineData("3, 4", "3, 4")]
    public void A_number_up_to_a_hundred_has_words(string operand, params string[] words)
    {
        Random random = new(3);
        Assert.Equal(words.Order(), Enumerable.Range(0, 50).Select(_ => Typos.SpellNumber(random, operand)).Distinct().Order());
    }

    [Fact]
    public void A_question_has_its_numbers_in_words_or_in_digits_but_not_where_the_answer_repeats_them()
    {
        Random random = new(4);
        string[] sums = [.. Enumerable.Range(0, 800).Select(_ => TaskDraws.Family("add").Draw(random, 1, TaskSplit.LmTrain, PhrasingPool.Written).Turns[0].Content)];
        Assert.InRange(sums.Count(question => !question.Any(char.IsDigit)), 40, 160);
        string[] lists = [.. Enumerable.Range(0, 300).Select(_ => TaskDraws.Family("sort-numbers").Draw(random, 1, TaskSplit.LmTrain, PhrasingPool.Written).Turns[0].Content)];
        Assert.All(lists, question => Assert.Contains(question, char.IsDigit));
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
