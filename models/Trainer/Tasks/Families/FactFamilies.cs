using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Closed sets of facts: every fact is trained, pairs of fact and phrasing are held out.</summary>
internal static class FactFamilies
{
    // One country for each city: London is England's here.
    private static readonly IReadOnlyList<Country> ByCapital = [.. Countries.All.DistinctBy(country => country.Capital)];

    public static TaskFamily Capital { get; } = new()
    {
        Name = "capital",
        Topic = Topics.Facts,
        Difficulty = Difficulty.Easy,
        Practice = 2.5,
        Phrasings = Wording.Question(
            [
                "what is the capital of {0}?",
                "name the capital of {0}.",
                "which city is the capital of {0}?",
                "give me the capital city of {0}.",
            ],
            heldOut: "from which city is {0} ruled?"),
        Ask = (random, _) =>
        {
            Country country = random.Pick(Countries.All);
            return CapitalOf(country) with { Closed = true };
        },
    };

    public static TaskFamily CapitalCountry { get; } = new()
    {
        Name = "capital-country",
        Topic = Topics.Facts,
        Difficulty = Difficulty.Easy,
        Practice = 2.5,
        Phrasings = Wording.Question(
            [
                "which country is {0} the capital of?",
                "{0} is the capital of which country?",
                "name the country whose capital is {0}.",
                "which country has {0} as its capital?",
            ],
            heldOut: "of what land is {0} the first city?"),
        Ask = (random, _) =>
        {
            Country country = random.Pick(ByCapital);
            return new Problem($"{country.Capital} is the capital of {country.Name}.", country.Capital) { Closed = true };
        },
    };

    public static TaskFamily Describe { get; } = new()
    {
        Name = "country",
        Topic = Topics.Facts,
        Difficulty = Difficulty.Medium,
        Practice = 1.5,
        Phrasings = Wording.Question(
            [
                "tell me about {0}.",
                "what do you know about {0}?",
                "write about the country {0}.",
                "what kind of country is {0}?",
            ],
            heldOut: "describe {0} to me."),
        Ask = (random, _) =>
        {
            Country country = random.Pick(Countries.All);
            string answer = $"{country.Name} is a country in {country.Continent}. Its capital is {country.Capital} "
                + $"and most people speak {country.Language}.";
            return new Problem(answer, country.Name) { Closed = true };
        },
    };

    public static TaskFamily Symbol { get; } = new()
    {
        Name = "symbol",
        Topic = Topics.Facts,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Question(
            [
                "what is the symbol for {0}?",
                "name the symbol of the element {0}.",
                "give me the symbol of {0}.",
                "which symbol does the element {0} have?",
            ],
            heldOut: "how do chemists write {0} for short?"),
        Ask = (random, _) => Pair(random, Elements.All, pair => $"The symbol for {pair.Word} is {pair.Result}."),
    };

    public static TaskFamily Young { get; } = new()
    {
        Name = "young-animal",
        Topic = Topics.Facts,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Question(
            [
                "what do you call a young {0}?",
                "what is the name for a young {0}?",
                "name the word for a young {0}.",
                "which word do people use for a young {0}?",
            ],
            heldOut: "what is the baby of the animal {0} called?"),
        Ask = (random, _) => Pair(random, YoungAnimals.All, pair => $"The word for a young {pair.Word} is {pair.Result}."),
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [Capital, Describe, Symbol, Young];

    /// <summary>What the capital of a country is; open, so that a question which follows up on one can ask it too.</summary>
    public static Problem CapitalOf(Country country) =>
        new($"The capital of {country.Name} is {country.Capital}.", country.Name);

    private static Problem Pair(Random random, IReadOnlyList<WordPair> pairs, Func<WordPair, string> answer)
    {
        WordPair pair = random.Pick(pairs);
        return new Problem(answer(pair), pair.Word) { Closed = true };
    }
}
