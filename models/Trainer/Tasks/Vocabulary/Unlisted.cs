namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Operands that the families of facts and words have no answer for.</summary>
internal static class Unlisted
{
    /// <summary>What invented names and words are made of.</summary>
    public static IReadOnlyList<string> Syllables { get; } =
    [
        "al", "an", "bar", "bel", "bor", "cas", "dor", "el", "far", "gal", "gor", "hal", "il", "jar", "kal", "lom", "lor", "mar",
        "mir", "nar", "nor", "or", "pal", "quil", "ral", "sar", "sol", "tar", "tor", "ul", "val", "var", "vel", "wil", "yor", "zal", "zor",
    ];

    private static readonly string[] Endings = ["ia", "land", "onia", "a", "ania", "istan", "or", "eth", "is", "um", "ville", "ton"];

    private static readonly string[] RealPlaces =
    [
        .. """
        Florida Ohio Alaska Nevada Utah Oregon Kansas Virginia Hawaii Bavaria Saxony Tasmania
        Siberia Catalonia Sicily Sardinia Crete Corsica Tuscany Normandy Brittany Provence Andalusia Lapland Flanders Cornwall
        Yorkshire Kent Devon Ontario Quebec Alberta Manitoba Punjab Kerala Gujarat Tibet Taiwan Kashmir Zanzibar Bali Java Sumatra
        Borneo Mordor Wakanda Gondor Oz Hogwarts Asgard Genovia Mars Venus Jupiter Antarctica Africa Europe Asia
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Languages into which no word is translated.</summary>
    public static IReadOnlyList<string> Languages { get; } =
    [
        .. """
        Italian Japanese Chinese Russian Polish Dutch Greek Latin Arabic Turkish Swedish Korean Portuguese Hindi Danish Norwegian
        Finnish Hungarian Czech Hebrew Thai Vietnamese Welsh Irish Ukrainian Romanian Swahili Persian Klingon Esperanto
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Things without a chemical symbol, and elements that are too rare.</summary>
    public static IReadOnlyList<string> Substances { get; } =
    [
        .. """
        wood water steel bronze glass plastic salt sugar paper air milk rubber cotton wool leather concrete brick clay sand soap
        coffee tea honey butter bread cheese rain snow fire smoke dust oil petrol diamond marble granite cement brass wax ice
        neodymium osmium iridium rhodium hafnium niobium rubidium thallium lanthanum yttrium scandium polonium astatine
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Animals whose young have no name here.</summary>
    public static IReadOnlyList<string> Animals { get; } =
    [
        .. """
        spider ant bee wasp snake lizard crab lobster snail slug turtle tortoise mouse rat flamingo crocodile alligator
        gorilla worm beetle mosquito octopus jellyfish starfish salmon trout dinosaur unicorn dragon robot table car
        toucan python cobra tuna squid clam oyster cricket grasshopper scorpion gecko iguana vulture stork pelican mole
        weasel statue tractor pirate
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    // Some might name an opposite of these.
    private static readonly string[] Debatable =
    [
        .. """
        able adult again alone aunt boy brother captain ceiling child dad danger dream evening father fire floor friend girl hill ice
        moon morning mother parent present prince princess queen sister sky student sun teacher uncle water
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Nouns without an opposite.</summary>
    public static IReadOnlyList<string> Things { get; } =
        [.. CommonWords.All.Except(Antonyms.All.Select(pair => pair.Word)).Except(Debatable)];

    /// <summary>Words that are in no list of translations.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. CommonWords.All.Except(Translations.All.Select(word => word.English))];

    /// <summary>A region, a planet or a country of stories, or a name that nobody bears.</summary>
    public static string Place(Random random)
    {
        if (random.Next(3) == 0)
            return random.Pick(RealPlaces);
        string name = random.Pick(Syllables) + (random.Next(2) == 0 ? random.Pick(Syllables) : "") + random.Pick(Endings);
        return char.ToUpperInvariant(name[0]) + name[1..];
    }
}
