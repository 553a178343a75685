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
        Netherlands,Amsterdam,Europe,Dutch
        Belgium,Brussels,Europe,Dutch
        Ireland,Dublin,Europe,English
        Scotland,Edinburgh,Europe,English
        Wales,Cardiff,Europe,English
        United Kingdom,London,Europe,English
        Switzerland,Bern,Europe,German
        Czechia,Prague,Europe,Czech
        Slovakia,Bratislava,Europe,Slovak
        Slovenia,Ljubljana,Europe,Slovene
        Serbia,Belgrade,Europe,Serbian
        Albania,Tirana,Europe,Albanian
        Lithuania,Vilnius,Europe,Lithuanian
        Belarus,Minsk,Europe,Russian
        Malta,Valletta,Europe,Maltese
        Cyprus,Nicosia,Europe,Greek
        Bosnia,Sarajevo,Europe,Bosnian
        India,New Delhi,Asia,Hindi
        Pakistan,Islamabad,Asia,Urdu
        Bangladesh,Dhaka,Asia,Bengali
        Afghanistan,Kabul,Asia,Persian
        South Korea,Seoul,Asia,Korean
        North Korea,Pyongyang,Asia,Korean
        Philippines,Manila,Asia,Filipino
        Malaysia,Kuala Lumpur,Asia,Malay
        Cambodia,Phnom Penh,Asia,Khmer
        Saudi Arabia,Riyadh,Asia,Arabic
        Syria,Damascus,Asia,Arabic
        Lebanon,Beirut,Asia,Arabic
        Qatar,Doha,Asia,Arabic
        Oman,Muscat,Asia,Arabic
        Georgia,Tbilisi,Asia,Georgian
        Armenia,Yerevan,Asia,Armenian
        Azerbaijan,Baku,Asia,Azerbaijani
        Kazakhstan,Astana,Asia,Kazakh
        Uzbekistan,Tashkent,Asia,Uzbek
        Nigeria,Abuja,Africa,English
        Ghana,Accra,Africa,English
        Ethiopia,Addis Ababa,Africa,Amharic
        Sudan,Khartoum,Africa,Arabic
        Senegal,Dakar,Africa,French
        Mali,Bamako,Africa,French
        Uganda,Kampala,Africa,English
        Rwanda,Kigali,Africa,Kinyarwanda
        Zambia,Lusaka,Africa,English
        Zimbabwe,Harare,Africa,English
        Mozambique,Maputo,Africa,Portuguese
        Madagascar,Antananarivo,Africa,Malagasy
        United States,Washington,North America,English
        Panama,Panama City,North America,Spanish
        Guatemala,Guatemala City,North America,Spanish
        Nicaragua,Managua,North America,Spanish
        Costa Rica,San Jose,North America,Spanish
        Colombia,Bogota,South America,Spanish
        Australia,Canberra,Oceania,English
        New Zealand,Wellington,Oceania,English
        """.Split('\n').Select(line => line.Split(',')).Select(part => new Country(part[0], part[1], part[2], part[3])),
    ];
}
