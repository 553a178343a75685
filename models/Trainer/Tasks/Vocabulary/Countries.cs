namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Countries with one undisputed capital, written without accents.</summary>
internal static class Countries
{
    public static IReadOnlyList<Country> All { get; } =
    [
        .. """
        France,Paris,Europe,French
        Spain,Madrid,Europe,Spanish
        Italy,Rome,Europe,Italian
        Germany,Berlin,Europe,German
        Austria,Vienna,Europe,German
        Portugal,Lisbon,Europe,Portuguese
        Greece,Athens,Europe,Greek
        Poland,Warsaw,Europe,Polish
        Sweden,Stockholm,Europe,Swedish
        Norway,Oslo,Europe,Norwegian
        Denmark,Copenhagen,Europe,Danish
        Finland,Helsinki,Europe,Finnish
        Hungary,Budapest,Europe,Hungarian
        Romania,Bucharest,Europe,Romanian
        Bulgaria,Sofia,Europe,Bulgarian
        Croatia,Zagreb,Europe,Croatian
        Iceland,Reykjavik,Europe,Icelandic
        Ukraine,Kyiv,Europe,Ukrainian
        Estonia,Tallinn,Europe,Estonian
        Latvia,Riga,Europe,Latvian
        Russia,Moscow,Europe,Russian
        England,London,Europe,English
        Japan,Tokyo,Asia,Japanese
        China,Beijing,Asia,Chinese
        Thailand,Bangkok,Asia,Thai
        Vietnam,Hanoi,Asia,Vietnamese
        Iran,Tehran,Asia,Persian
        Iraq,Baghdad,Asia,Arabic
        Jordan,Amman,Asia,Arabic
        Turkey,Ankara,Asia,Turkish
        Nepal,Kathmandu,Asia,Nepali
        Mongolia,Ulaanbaatar,Asia,Mongolian
        Egypt,Cairo,Africa,Arabic
        Morocco,Rabat,Africa,Arabic
        Tunisia,Tunis,Africa,Arabic
        Algeria,Algiers,Africa,Arabic
        Libya,Tripoli,Africa,Arabic
        Somalia,Mogadishu,Africa,Somali
        Angola,Luanda,Africa,Portuguese
        Kenya,Nairobi,Africa,Swahili
        Cuba,Havana,North America,Spanish
        Mexico,Mexico City,North America,Spanish
        Canada,Ottawa,North America,English
        Jamaica,Kingston,North America,English
        Argentina,Buenos Aires,South America,Spanish
        Chile,Santiago,South America,Spanish
        Peru,Lima,South America,Spanish
        Ecuador,Quito,South America,Spanish
        Uruguay,Montevideo,South America,Spanish
        Venezuela,Caracas,South America,Spanish
        Brazil,Brasilia,South America,Portuguese
        """.Split('\n').Select(line => line.Split(',')).Select(part => new Country(part[0], part[1], part[2], part[3])),
    ];
}
