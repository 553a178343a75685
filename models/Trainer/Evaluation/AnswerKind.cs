using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>What kind of question an answer answers, by its form alone: a wrong answer may be one to another question.</summary>
internal static class AnswerKind
{
    /// <summary>The kind of answers that say that the member does not know.</summary>
    public const string Refusal = "refusal";

    // The first that matches.
    private static readonly (string Kind, Regex Form)[] Forms =
    [
        (Refusal, Form("^I do not know")),
        ("ability", Form("^I can help")),
        ("can-do", Form("^(Yes, I can|No, I cannot)")),
        ("greet", Form("^Hello [A-Z]")),
        ("hello", Form("^Hello!")),
        ("thanks", Form("^You are welcome")),
        ("who-are-you", Form("^I am a small language model")),
        ("remember", Form("^OK, your ")),
        ("recall", Form("^Your ")),
        ("told", Form(@"^It is [A-Za-z]+\.$")),
        ("capital", Form("^The capital of ")),
        ("capital-country", Form(@"^[A-Z]\S*( \S+)* is the capital of ")),
        ("antonym", Form("^The opposite of ")),
        ("symbol", Form("^The symbol for ")),
        ("young-animal", Form("^The word for a young ")),
        ("translate", Form("^The [A-Z][a-z]+ word for ")),
        ("plural", Form("^One [a-z]+, two ")),
        ("past-tense", Form("^Today I ")),
        ("country", Form(" is a country in ")),
        ("compare", Form("^[0-9]+ is larger than ")),
        ("even-odd", Form("^[0-9]+ ends in ")),
        ("add-working", Form(" write [0-9] carry ")),
        ("subtract-working", Form(" borrow [0-9] write ")),
        ("sum-of-many", Form(" the sum is [0-9]")),
        ("story-compare", Form(" in all.$")),
        ("story", Form(@"\. [A-Z][a-z]+ has [0-9]+ [a-z]+\.$")),
        ("story-step", Form(@"^[0-9]+[-+*][0-9]+=[0-9]+, so [0-9]+$")),
        ("convert", Form("^[0-9]+/[0-9]+=[0-9]+, so [0-9]+ [a-z]+$")),
        ("story-price", Form("so [0-9]+ dollars$")),
        ("duration", Form("^[0-9]+[<>=][0-9]+, ")),
        ("clock-add", Form("so [0-9]+:[0-9]+$")),
        ("convert", Form(@"^[0-9]+\*[0-9]+=.*so [0-9]+ [a-z]+$")),
        ("weekday-after", Form("so [A-Z][a-z]+day$")),
        ("look-up", Form("so [A-Za-z]+ has the number ")),
        ("order-people", Form(@"\. Up: .*\. Down: ")),
        ("tallest", Form(@"\. Up: ")),
        ("word-position", Form("^1 of [0-9]+ [^ ,]+(, [0-9]+ of [0-9]+ [^ ,]+)*, so ")),
        ("repeat", Form("^1 of [0-9]+ [a-z0-9]+")),
        ("count-up", Form("^[0-9]+ of [0-9]+(, [0-9]|$)")),
        ("next-days", Form("^1 [A-Z][a-z]+(, 2 |$)")),
        ("reverse-list", Form("^1 [a-z0-9]+, .*; ")),
        ("sort-letters", Form("^[a-z]( [a-z])*: [a-z];")),
        ("count-letter", Form("^[a-z] [01], ")),
        ("sort-numbers", Form("^[0-9]+(, [0-9]+)*: [0-9]+;")),
        ("maximum", Form("^[0-9]+: [0-9]+, ")),
        ("continue", Form("^[0-9]+-[0-9]+=-?[0-9]+, 1: ")),
        ("next-number", Form("^[0-9]+-[0-9]+=-?[0-9]+, ")),
        ("times-table", Form(@"^1\*[0-9]+=[0-9]+, 2\*")),
        ("multiply-working", Form(@"^[0-9]+\*[0-9]+=[0-9]+, ")),
        ("follow-up", Form("^[0-9]+[-+*][0-9]+=[0-9]+$")),
        ("number", Form("^[0-9]+$")),
        ("spell", Form("^[a-z](-[a-z])+$")),
        ("upper-case", Form("^[A-Z]+( [A-Z]+)*$")),
        ("letter", Form("^[a-z]$")),
        ("reverse", Form("^[a-z]+$")),
    ];

    /// <summary>The kind of an answer, or null if it has no form of its own, as copied words have not.</summary>
    public static string? Of(string answer) => Forms.FirstOrDefault(form => form.Form.IsMatch(answer)).Kind;

    private static Regex Form(string pattern) => new(pattern, RegexOptions.CultureInvariant);
}
