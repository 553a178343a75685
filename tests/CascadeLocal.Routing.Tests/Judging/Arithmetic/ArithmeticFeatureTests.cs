using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Arithmetic;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging.Arithmetic;

/// <summary>What the features say of texts written for the purpose.</summary>
public sealed class ArithmeticFeatureTests
{
    private const string Question =
        "Tom has 12 apples and buys 30 more. He gives away 25% of them and eats two. How many apples are left?";

    private const string GoodAnswer = """
        Tom has 12 + 30 = <<12+30=42>>42 apples.
        He gives away 42 * 25% = 10.5, so 42 - 10.5 = 31.5 are left.
        After eating two there are 31.5 - 2 = 29.5 apples left.
        #### 29.5
        """;

    [Fact]
    public void Every_feature_has_a_name_of_its_own_and_a_value()
    {
        Assert.Equal(ArithmeticFeatures.Instance.Features.Count, ArithmeticFeatures.Instance.Features.Distinct().Count());
        Assert.Equal(ArithmeticFeatures.Instance.Features.Count, ArithmeticFeatures.Instance.Read(Question, GoodAnswer).Length);
    }

    [Fact]
    public void An_answer_that_hangs_together_raises_no_doubt()
    {
        foreach (string doubt in (string[])["equations_any_wrong", "results_dangling", "unused_in_equations", "unused_in_answer", "unsupported_operands", "answer_hedges", "answer_cut"])
            Assert.True(Of(doubt, GoodAnswer) == 0, doubt);
        foreach (string sign in (string[])["final_hash", "final_is_result", "final_is_last_result", "answer_ends_cleanly"])
            Assert.True(Of(sign, GoodAnswer) == 1, sign);
    }

    [Theory]
    [InlineData("equations_any_wrong", "12 + 30 = 43. #### 43", 1)]
    [InlineData("annotated_wrong", "12 + 30 = <<12+30=43>>43. #### 43", 1)]
    [InlineData("last_equation_wrong", "12 + 30 = 42. 42 - 2 = 41. #### 41", 1)]
    [InlineData("unused_in_answer", "12 - 2 = 10. #### 10", 2)]
    [InlineData("unused_in_equations", "There were 30. 12 - 2 = 10. #### 10", 2)]
    [InlineData("unsupported_operands", "12 + 17 = 29. #### 29", 1)]
    [InlineData("common_operands", "12 * 7 = 84. #### 84", 1)]
    [InlineData("results_dangling", "12 + 30 = 42. 30 - 2 = 28. #### 28", 1)]
    [InlineData("final_is_last_result", "12 + 30 = 42. #### 41", 0)]
    [InlineData("final_is_result", "12 + 30 = 42. 42 - 2 = 40. #### 42", 1)]
    [InlineData("final_is_given", "#### 30", 1)]
    [InlineData("final_integer", "#### 1,250", 1)]
    [InlineData("final_integer", "#### 12.5", 0)]
    [InlineData("final_negative", "#### -3", 1)]
    [InlineData("final_zero", "so 12 - 12 = 0", 1)]
    [InlineData("final_missing", "I do not know.", 1)]
    [InlineData("final_marked", "It is \\boxed{42}.", 1)]
    [InlineData("final_marked", "The answer is 42.", 1)]
    [InlineData("final_marked", "There are 42.", 0)]
    [InlineData("final_hash", "The answer is 42.", 0)]
    [InlineData("answer_cut", "12 + 30 = <<12+3", 1)]
    [InlineData("answer_ends_cleanly", "12 + 30 = <<12+3", 0)]
    [InlineData("answer_ends_cleanly", "and then he", 0)]
    [InlineData("answer_hedges", "However, this seems to be a mistake.", 3)]
    public void A_doubt_is_seen(string feature, string answer, double expected) => Assert.Equal(expected, Of(feature, answer));

    [Fact]
    public void A_share_of_the_question_may_be_used_as_it_is_or_as_what_is_left()
    {
        foreach (string answer in (string[])["40 * 0.25 = 10", "40 * .75 = 30", "40 * 25% = 10", "40 * 25 / 100 = 10"])
            Assert.Equal(0, Of("unused_in_equations", answer, "Of 40 eggs 25% break."));
    }

    [Fact]
    public void Repetition_is_seen()
    {
        string once = "We add the apples that he buys to those that he has at home.";

        Assert.Equal(0, Of("answer_repetition", once));
        Assert.True(Of("answer_repetition", string.Concat(Enumerable.Repeat(once, 20))) > 0.5);
    }

    [Fact]
    public void The_closing_line_may_speak_of_what_was_asked()
    {
        Assert.True(Of("closing_overlap", "So 7 apples are left.\n#### 7") > Of("closing_overlap", "So it costs $7.\n#### 7"));
    }

    [Fact]
    public void Question_features_do_not_depend_on_the_answer()
    {
        float[] one = ArithmeticFeatures.Instance.Read(Question, GoodAnswer);
        float[] other = ArithmeticFeatures.Instance.Read(Question, "12 = 13, however");

        int[] ofQuestion = [.. ArithmeticFeatures.Instance.Features.Index().Where(f => f.Item.StartsWith("question_", StringComparison.Ordinal)).Select(f => f.Index)];
        Assert.NotEmpty(ofQuestion);
        Assert.All(ofQuestion, feature => Assert.Equal(one[feature], other[feature]));
    }

    [Fact]
    public void Any_text_has_finite_features() => Gen.Select(Fragments, Fragments).Sample(
        (question, answer) => ArithmeticFeatures.Instance.Read(question, answer).All(float.IsFinite), iter: 3000);

    [Fact]
    public void Equal_texts_have_equal_features() => Gen.Select(Fragments, Fragments).Sample(
        (question, answer) => ArithmeticFeatures.Instance.Read(question, answer).SequenceEqual(ArithmeticFeatures.Instance.Read(question, answer)),
        iter: 300);

    [Fact]
    public void What_was_read_of_a_running_answer_does_not_change_what_is_read_of_the_whole() =>
        Gen.Select(Fragments, Fragments, Gen.Double[0, 1]).Sample(
            (question, answer, share) =>
            {
                ITextReader reader = ArithmeticFeatures.Instance.ReaderOf(question);
                reader.Read(answer[..(int)(share * answer.Length)]);
                return reader.Read(answer).SequenceEqual(ArithmeticFeatures.Instance.Read(question, answer));
            },
            iter: 300);

    /// <summary>Anything worse than linear would not come back from these.</summary>
    [Theory]
    [InlineData("9")]
    [InlineData("=")]
    [InlineData("(")]
    [InlineData("1+")]
    [InlineData("1=")]
    [InlineData("=(")]
    [InlineData("a ")]
    [InlineData("x ")]
    [InlineData("1,000")]
    [InlineData("<<")]
    [InlineData("<<1+1=2>>")]
    [InlineData("\\frac{")]
    [InlineData("\\")]
    [InlineData("####")]
    [InlineData("1+1=2\n")]
    [InlineData("-")]
    [InlineData("é\uD800")]
    public void A_megabyte_of_anything_is_read(string fragment)
    {
        string text = string.Concat(Enumerable.Repeat(fragment, 1_000_000 / fragment.Length));

        Assert.All(ArithmeticFeatures.Instance.Read(text, text), value => Assert.True(float.IsFinite(value)));
    }

    private static readonly string[] Pieces =
    [
        "12", "3.5", ".", "1,000", "-", "+", "*", "/", "=", "(", ")", "%", "$", "<<", ">>", "####", "\\frac{", "}", "{", "\n", " ", "x",
        "of", "half", "dozen", "apples", "However", "answer is", "\\boxed{", "^", "**", "\\\\", "0", "99999999999999999999",
    ];

    private static Gen<string> Fragments =>
        Gen.OneOf(Gen.Int[0, Pieces.Length - 1].Select(piece => Pieces[piece]), Gen.String).Array[0, 40].Select(string.Concat);

    private static double Of(string feature, string answer, string question = Question) =>
        ArithmeticFeatures.Instance.Read(question, answer)[ArithmeticFeatures.Instance.Features.ToList().IndexOf(feature)];
}
