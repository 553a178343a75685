using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Queries;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Grading;

/// <summary>What each grader takes for right.</summary>
public sealed class GraderTests
{
    [Theory]
    [InlineData("Paris", " Paris\n", true)]
    [InlineData("Paris", "paris", false)]
    [InlineData("Paris", "Paris.", false)]
    public void Exact_is_equal_but_for_space_at_the_ends(string answer, string output, bool right) =>
        AssertGrade("exact", answer, output, right);

    [Theory]
    [InlineData("The well-known  Dr. Who", "the WELL known dr who!", true)]
    [InlineData("1,000.5", "1000.5", true)]
    [InlineData("`x`", "x", true)]
    [InlineData("-5", "5", false)]
    [InlineData("3.5", "35", false)]
    [InlineData("x + y", "x y", false)]
    public void Text_is_equal_in_lower_case_without_punctuation(string answer, string output, bool right) =>
        AssertGrade("text", answer, output, right);

    [Theory]
    [InlineData("Wellington", "It is Wellington's harbour.", true)]
    [InlineData("New York", "I say: NEW-YORK, of course", true)]
    [InlineData("4", "There are 14.", false)]
    [InlineData("5", "It is -5.", false)]
    public void Contains_finds_whole_words_in_a_row(string answer, string output, bool right) =>
        AssertGrade("contains", answer, output, right);

    [Theory]
    [InlineData("42", "17 + 25 = 42", true)]
    [InlineData("42", "Answer: 42 because 6 times 7", true)]
    [InlineData("42", "Answer: 7. No, answer: 42, not 7", true)]
    [InlineData("42", "It is 42. Answer: none", true)]
    [InlineData("1000", "about $1,000.00", true)]
    [InlineData("1,234,567", "1234567", true)]
    [InlineData("-3", "x = \u22123", true)]
    [InlineData("5", "from 3-5", true)]
    [InlineData("0.5", ".50", true)]
    [InlineData("1500", "1.5e3", true)]
    [InlineData("42", "4.2", false)]
    [InlineData("42", "", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("3/4", "I get 9/4.", false)]
    [InlineData("3/4", "I get 6/8.", true)]
    [InlineData("1/2", "Answer: 1/2", true)]
    [InlineData("1/2", "Answer: 0.5", true)]
    [InlineData("1/2", "Answer: 2", false)]
    [InlineData("1/2", "it is \\boxed{\\frac{1}{2}} of 7", true)]
    [InlineData("-1/3", "-\\frac{1}{3}", true)]
    [InlineData("1/3", "0.3333", false)]
    [InlineData("2020", "on 3/4/2020", true)]
    [InlineData("9500", "9{,}500", true)]
    [InlineData("1000000", "1 000 000", true)]
    [InlineData("1000000", "1\u202F000\u202F000 people", true)]
    [InlineData("42", "**Answer**: 42. That took 3 steps.", true)]
    [InlineData("42", "**Final answer:** 42 (not 41)", true)]
    [InlineData("42", "The answer is 42 after 3 steps", true)]
    [InlineData("42", "Answer: 6 * 7 = 42\nThat was 1 step.", true)]
    [InlineData("72", "48/2 = 24 clips, 48+24 = <<48+24=72>>72\n#### 72", true)]
    [InlineData("42", "The answer is not 41. It is 42", true)]
    [InlineData("42", "The question and answer session took 42 minutes", true)]
    public void Number_takes_the_stated_one_else_the_last_one(string answer, string output, bool right) =>
        AssertGrade("number", answer, output, right);

    [Fact]
    public void Lastnumber_knows_no_marker() => AssertGrade("lastnumber", "42", "Answer: 7. Or 42", true);

    [Theory]
    [InlineData("B", "B", true)]
    [InlineData("B", "b.", true)]
    [InlineData("(B)", "The answer is (B).", true)]
    [InlineData("B", "A person plants them, so:\nB. dirt", true)]
    [InlineData("B", "I think B", true)]
    [InlineData("A", "A is right, not B", true)]
    [InlineData("B", "A. salt\nB. dirt", false)]
    [InlineData("B", "But no choice", false)]
    [InlineData("D", "I considered (A), but it is too small. Final answer: D", true)]
    [InlineData("B", "X-ray shows it, so B", true)]
    [InlineData("D", "The answer is d.", true)]
    [InlineData("A", "the answer is a.", true)]
    [InlineData("C", "The answer is a tricky one: C", true)]
    [InlineData("D", "(A) is tempting. **Answer:** option (D), since A is wrong", true)]
    [InlineData("B", "A or B? \\boxed{\\text{B}}", true)]
    [InlineData("C", "C. The answer is clear.", true)]
    public void Choice_is_the_stated_letter_else_the_first_capital_that_stands_as_one(string answer, string output, bool right) =>
        AssertGrade("choice", answer, output, right);

    [Theory]
    [InlineData("first", "Yes", "yes, since no one left", true)]
    [InlineData("first", "False", "False and True", true)]
    [InlineData("first", "(A)", "It is (B).", false)]
    [InlineData("first", "No", "Nothing. Yes", false)]
    [InlineData("first", "Yes", "It is not false that no one left. Answer: yes", true)]
    [InlineData("sentiment", "negative", "It is Negative, not positive", true)]
    [InlineData("sentiment", "negative", "mixed", false)]
    public void First_and_sentiment_take_the_first_of_their_words(string grader, string answer, string output, bool right) =>
        AssertGrade(grader, answer, output, right);

    [Theory]
    [InlineData("^[0-9]{3}$", " 123\n", true)]
    [InlineData("^[0-9]{3}$", "1234", false)]
    [InlineData("(a)\\1", "xaax", true)]
    public void Regex_matches_anywhere_and_may_look_back(string answer, string output, bool right) =>
        AssertGrade("regex", answer, output, right);

    [Fact]
    public void A_pattern_that_would_take_for_ever_is_no_verdict()
    {
        IGrader grader = Grader("regex", @"^(a+)+\1$");

        Assert.Throws<GraderException>(() => grader.IsRight(new string('a', 40) + "b"));
    }

    [Fact]
    public void A_nested_quantifier_takes_linear_time_where_the_pattern_allows_it() =>
        AssertGrade("regex", "^(a+)+$", new string('a', 100_000) + "b", false);

    [Theory]
    [InlineData("$.city=Paris", "```json\n{\"city\": \"Paris\"}\n```", true)]
    [InlineData("$.items[1]['a b']=2", "So {see}: {\"items\": [0, {\"a b\": 2.0}]}", true)]
    [InlineData("$[-1]=true", "[false, true]", true)]
    [InlineData("$.zip=75001", "{\"zip\": \"75001\"}", true)]
    [InlineData("$.a={\"b\": [1]}", "{\"a\": {\"b\": [1]}}", true)]
    [InlineData("$.city=Paris", "{\"town\": \"Paris\"}", false)]
    [InlineData("$.items[2]=1", "{\"items\": [1]}", false)]
    [InlineData("$.city=Paris", "{\"city\": \"Par", false)]
    [InlineData("$.city=Paris", "Paris", false)]
    public void Json_path_compares_the_value_at_a_path(string answer, string output, bool right) =>
        AssertGrade("json-path", answer, output, right);

    [Theory]
    [InlineData("regex", "(", "answer")]
    [InlineData("number", "many", "answer")]
    [InlineData("choice", "maybe", "answer")]
    [InlineData("contains", "?!", "answer")]
    [InlineData("json-path", "city=Paris", "answer")]
    [InlineData("json-path", "$.city", "answer")]
    [InlineData("json-path", "$.[x]=1", "answer")]
    [InlineData("json-path", "$['a=1", "answer")]
    [InlineData("exact", null, "answer")]
    [InlineData("python", "x", "grader")]
    public void What_cannot_be_graded_is_an_error_with_its_line(string grader, string? answer, string field)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Grader(grader, answer));

        Assert.Equal((7, field), (e.Line, e.Field));
    }

    [Theory]
    [InlineData("""{"city": "Paris", "days": 1}""", true)]
    [InlineData("""{"days":1.0,"city":"\u0050aris"}""", true)]
    [InlineData("""{"city": "Paris", "days": 2}""", false)]
    [InlineData("""{"city": "Paris", "days": "1"}""", false)]
    [InlineData("""{"city": "Paris"}""", false)]
    [InlineData("""{"city": "Paris", "days": 1, "unit": "C"}""", false)]
    [InlineData("""{"city": "Paris", "da""", false)]
    public void A_call_is_right_with_equal_arguments(string arguments, bool right)
    {
        IGrader grader = CallGrader("""{"name": "weather", "arguments": {"city": "Paris", "days": 1}}""");

        Assert.Equal(right, grader.IsRight("I look it up.", [new("1", "weather", arguments)]));
        Assert.False(grader.IsRight("", [new("1", "time", arguments)]));
        Assert.False(grader.IsRight(arguments, []));
    }

    [Fact]
    public void Two_calls_are_not_the_one()
    {
        ToolCall call = new("1", "time", "{}");
        IGrader grader = CallGrader("""{"name": "time", "arguments": {}}""");

        Assert.True(grader.IsRight("", [call]));
        Assert.False(grader.IsRight("", [call, call]));
    }

    [Theory]
    [InlineData("call", "weather", "answer")]
    [InlineData("call", """{"name": "weather"}""", "answer")]
    [InlineData("call", """{"name": "weather", "arguments": "{}"}""", "answer")]
    [InlineData("call", """{"name": "weather", "arguments": {}, "id": 1}""", "answer")]
    [InlineData("call", """{"name": "other", "arguments": {}}""", "answer")]
    [InlineData("exact", """{"name": "weather", "arguments": {}}""", "answer")]
    [InlineData("agreement", "x", "grader")]
    public void What_is_no_call_of_a_tool_is_no_answer(string grader, string answer, string field)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Graders.For(ToolQuestion(grader, answer), "q.jsonl", null));

        Assert.Equal((7, field), (e.Line, e.Field));
    }

    [Fact]
    public void Where_nothing_can_be_called_no_call_is_right()
    {
        Query without = ToolQuestion("call", """{"name": "time", "arguments": {}}""") with { Request = new() };

        Assert.Equal("grader", Assert.Throws<DataFileException>(() => Graders.For(without, "q.jsonl", null)).Field);
    }

    [Fact]
    public void The_row_goes_before_the_command_line_and_that_before_exact()
    {
        Assert.Equal("text", Graders.NameFor(Question("text", "x"), "number"));
        Assert.Equal("number", Graders.NameFor(Question(null, "x"), "number"));
        Assert.Equal("exact", Graders.NameFor(Question(null, "x"), null));
        Assert.Null(Graders.For(Question(null, null), "q.jsonl", "agreement"));
    }

    private static void AssertGrade(string grader, string answer, string output, bool right) =>
        Assert.Equal(right, Grader(grader, answer).IsRight(output));

    private static IGrader Grader(string grader, string? answer) => Graders.For(Question(grader, answer), "q.jsonl", null)!;

    private static IGrader CallGrader(string answer) => Graders.For(ToolQuestion("call", answer), "q.jsonl", null)!;

    private static Query ToolQuestion(string grader, string answer) => Question(grader, answer) with
    {
        Request = new() { Tools = [new("weather", null, null), new("time", null, null)] },
        HasObjectAnswer = answer.StartsWith('{'),
    };

    private static Query Question(string? grader, string? answer) => new()
    {
        Id = "q",
        Messages = [new ChatMessage("user", "?")],
        Prompt = "?",
        Grader = grader,
        Answer = answer,
        Line = 7,
    };
}
