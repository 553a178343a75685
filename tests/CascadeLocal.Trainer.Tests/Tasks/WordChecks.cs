using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges sentences in the past tense, by the table of single verbs where the verb is in it.</summary>
internal static class WordChecks
{
    private static readonly Dictionary<string, string> Past =
        PastTenses.All.ToDictionary(pair => pair.Word, pair => pair.Result);

    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>> { ["past-sentence"] = IsInThePast };

    private static bool IsInThePast(string question, string answer)
    {
        string[] present = Texts.Quoted(question)[0].Split(' ');
        string[] past = answer.Split(' ');
        if (present.Length != past.Length)
            return false;
        for (int i = 0; i < present.Length; i++)
        {
            bool isVerb = i == 1 || (i >= 2 && present[i - 2] == "and" && char.IsUpper(present[i - 1][0]));
            if (isVerb ? !IsPastOf(present[i], past[i]) : present[i] != past[i])
                return false;
        }
        return true;
    }

    private static bool IsPastOf(string third, string past)
    {
        string[] bases = [third[..^1], third[..^2], third[..^3] + "y"];
        return bases.Any(verb => Past.TryGetValue(verb, out string? expected) && expected == past);
    }
}
