using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers that depend on an earlier turn.</summary>
internal static class ConversationChecks
{
    public static IReadOnlyDictionary<string, Func<IReadOnlyList<ChatTurn>, bool>> All { get; } =
        new Dictionary<string, Func<IReadOnlyList<ChatTurn>, bool>>
        {
            ["follow-up"] = GoesOn,
            ["recall"] = Recalls,
            ["what-about"] = turns => Countries.All.Any(country =>
                turns[^1].Content == $"The capital of {country.Name} is {country.Capital}."
                && turns[^2].Content.Contains(country.Name, StringComparison.OrdinalIgnoreCase)),
            ["greet"] = turns => turns[^2].Content.Contains(turns[^1].Content.Split(' ', ',')[1], StringComparison.Ordinal),
        };

    private static bool GoesOn(IReadOnlyList<ChatTurn> turns)
    {
        long first = Texts.Numbers(turns[1].Content)[0];
        string question = turns[2].Content;
        (string working, long expected) =
            question.Contains("double", StringComparison.Ordinal) ? ($"2*{first}", first + first)
            : question.Contains("take", StringComparison.Ordinal)
                ? ($"{first}-{Texts.LastNumber(question)}", first - Texts.LastNumber(question))
            : ($"{first}+{Texts.LastNumber(question)}", first + Texts.LastNumber(question));
        return expected >= 0 && turns[3].Content == $"{working}={expected}";
    }

    // "Your cat is Tom." after "... my cat is Tom ..."
    private static bool Recalls(IReadOnlyList<ChatTurn> turns)
    {
        string told = turns[^1].Content["Your".Length..].TrimEnd('.');
        return turns[0].Content.Contains("my" + told, StringComparison.OrdinalIgnoreCase)
            && turns[^2].Content.Contains("my" + told[..told.IndexOf(" is ", StringComparison.Ordinal)], StringComparison.OrdinalIgnoreCase);
    }
}
