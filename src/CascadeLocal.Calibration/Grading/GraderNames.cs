namespace CascadeLocal.Calibration.Grading;

/// <summary>The graders by the names that data files and the command line use.</summary>
public static class GraderNames
{
    /// <summary>Equal but for space at the ends.</summary>
    public const string Exact = "exact";

    /// <summary>Equal as normalised text.</summary>
    public const string Text = "text";

    /// <summary>The answer's words stand in the output, as normalised text.</summary>
    public const string Contains = "contains";

    /// <summary>The number of the stated answer, else the last one, has the answer's value.</summary>
    public const string Number = "number";

    /// <summary>The last number has the answer's value.</summary>
    public const string LastNumber = "lastnumber";

    /// <summary>The letter of the stated answer, else the first capital letter that stands as a choice, is the answer.</summary>
    public const string Choice = "choice";

    /// <summary>The yes, no, true, false or choice letter of the stated answer, else the first one, is the answer.</summary>
    public const string First = "first";

    /// <summary>The first positive or negative is the answer.</summary>
    public const string Sentiment = "sentiment";

    /// <summary>The answer is a regular expression that matches somewhere.</summary>
    public const string Regex = "regex";

    /// <summary>The answer is path=value, and the first JSON value of the output has that value at that path.</summary>
    public const string JsonPath = "json-path";

    /// <summary>The answer is a function's name and arguments, and the output makes this call and no other.</summary>
    public const string Call = "call";

    /// <summary>Says the same as the strongest member; needs no answer.</summary>
    public const string Agreement = "agreement";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Exact, Text, Contains, Number, LastNumber, Choice, First, Sentiment, Regex, JsonPath, Call, Agreement];
}
