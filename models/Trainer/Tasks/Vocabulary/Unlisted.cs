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
        Alabama Arizona Arkansas California Colorado Connecticut Delaware Idaho Illinois Indiana Iowa Kentucky Louisiana Maine
        Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Oklahoma Pennsylvania Tennessee Texas
        Vermont Washington Wisconsin Wyoming Prussia Bohemia Moravia Transylvania Lombardy Piedmont Calabria Burgundy Alsace
        Lorraine Savoy Galicia Castile Aragon Thuringia Hesse Westphalia Essex Sussex Norfolk Somerset Ulster Munster Connacht
        Queensland Victoria Saskatchewan Newfoundland Yukon Patagonia Amazonia Rajasthan Assam Goa Bihar Sindh Xinjiang Manchuria
        Hokkaido Chechnya Dagestan Crimea Abkhazia Kurdistan Yugoslavia Czechoslovakia Persia Babylon Carthage Byzantium Sparta
        Troy Atlantis Narnia Rohan Westeros Valhalla Latveria Wonderland Neverland Utopia Saturn Mercury Neptune Uranus Pluto
        Oceania America Scandinavia Bermuda Greenland Monaco Andorra Liechtenstein Luxembourg Kosovo Montenegro Moldova Bhutan
        Laos Brunei Yemen Bahrain Kuwait Turkmenistan Kyrgyzstan Tajikistan Myanmar Maldives Eritrea Djibouti Chad Niger Togo
        Benin Gabon Cameroon Congo Burundi Malawi Botswana Namibia Lesotho Mauritius Seychelles Liberia Gambia Guinea Haiti
        Barbados Trinidad Belize Honduras Bolivia Paraguay Guyana Suriname Fiji Samoa Tonga Tuvalu Nauru Palau Vanuatu Kiribati
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Languages into which no word is translated.</summary>
    public static IReadOnlyList<string> Languages { get; } =
    [
        .. """
        Italian Japanese Chinese Russian Polish Dutch Greek Latin Arabic Turkish Swedish Korean Portuguese Hindi Danish Norwegian
        Finnish Hungarian Czech Hebrew Thai Vietnamese Welsh Irish Ukrainian Romanian Swahili Persian Klingon Esperanto
        Bulgarian Croatian Serbian Slovak Slovene Lithuanian Latvian Estonian Icelandic Albanian Maltese Basque Catalan Breton
        Gaelic Afrikaans Zulu Yoruba Hausa Amharic Somali Urdu Bengali Tamil Telugu Punjabi Nepali Mongolian Tibetan Mandarin
        Cantonese Malay Indonesian Tagalog Hawaiian Maori Navajo Quechua Yiddish Georgian Armenian Elvish Dothraki Sanskrit
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Things without a chemical symbol, and elements that are too rare.</summary>
    public static IReadOnlyList<string> Substances { get; } =
    [
        .. """
        wood water steel bronze glass plastic salt sugar paper air milk rubber cotton wool leather concrete brick clay sand soap
        coffee tea honey butter bread cheese rain snow fire smoke dust oil petrol diamond marble granite cement brass wax ice
        neodymium osmium iridium rhodium hafnium niobium rubidium thallium lanthanum yttrium scandium polonium astatine
        chalk flour pepper vinegar wine beer juice blood bone ivory pearl amber ruby emerald sapphire quartz slate mud
        tar asphalt gravel porcelain silk nylon linen velvet felt cardboard ink paint glue foam sponge steam fog dew hail mist
        gravy chocolate mustard ketchup jam oats sunlight electricity gravity kryptonite vibranium mithril adamantium
        tellurium ruthenium palladium cadmium indium antimony cerium europium terbium erbium ytterbium tantalum rhenium francium
        actinium thorium curium fermium nobelium seaborgium
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
        flea louse termite centipede millipede caterpillar dragonfly ladybird firefly hornet barracuda mackerel herring
        sardine anchovy halibut piranha stingray seahorse anemone coral prawn shrimp mussel barnacle newt salamander chameleon
        viper rattlesnake boa anaconda raven crow magpie woodpecker kingfisher cuckoo nightingale canary finch seagull albatross
        heron crane peacock emu kiwi condor lemur gibbon orangutan baboon sloth armadillo anteater platypus echidna wombat
        aardvark mongoose meerkat ferret stoat marmot gopher lynx puma jaguar cougar mammoth werewolf phoenix griffin troll
        goblin yeti mermaid zombie vampire elf snowman computer bicycle teapot sofa lamp pencil mountain teacher plumber
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

    // Beside the common words: things, and deeds and qualities that nobody has an opposite for.
    private static readonly string[] OtherWords =
    [
        .. """
        accordion acrobat airport almond ambulance anchor apron aquarium asparagus attic avocado axe ballet balloon bamboo barrel
        battery beaver blender blouse bowtie bracelet brick broom bubble bulb cactus calculator candlestick canoe cape carpenter
        cashew cauliflower cello chimney chisel cinnamon clarinet cliff coconut compass cookie cradle crayon crocodile cucumber
        cupboard daffodil daisy dentist dice dolphin doorbell drawer dungeon easel elevator envelope eraser eyebrow fiddle
        firefly flamingo flask freckle freezer fridge funnel garlic ginger glacier goggles grandmother gravel guitarist gymnast
        hairbrush hamster handkerchief harp hazelnut hedgehog helicopter helmet hinge hippo igloo jellyfish jigsaw journalist
        kayak kettle keyboard kiwi koala lantern lasagna lawyer lettuce lighthouse lobster locksmith lollipop magazine mango
        marble mattress mayor medal microscope mitten molecule moustache mug mushroom mustard napkin necklace notebook nutmeg
        oboe octopus olive omelette otter oyster paddle palette pancake parachute parsley passport pavement pebble pelican
        perfume pharmacy pickle pineapple pirate plumber pocketknife pottery propeller pyramid quilt raccoon radish railway
        raspberry recipe refrigerator rhubarb rocket rucksack saddle sandal satellite saucepan sausage saxophone scarf scarecrow
        screwdriver seagull seashell seesaw shampoo shovel skateboard skeleton skyscraper slipper spaghetti spatula stadium
        staircase stapler steak suitcase surgeon swing syrup tambourine telescope termite thermometer thimble toaster toothbrush
        toothpaste trampoline treasure triangle trombone trumpet tulip tunnel typewriter unicycle vacuum vampire vanilla vase
        volcano waffle wallet walnut walrus wardrobe waterfall wheelbarrow whiskers wizard xylophone yacht yogurt zipper zucchini
        knit juggle whistle sneeze yawn hop skate paddle sketch stir wink blink dribble sprinkle
        wooden purple turquoise woollen striped spotted electric Scottish nautical musical eleven Tuesday October
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Words without an opposite.</summary>
    public static IReadOnlyList<string> Things { get; } =
        [.. CommonWords.All.Concat(OtherWords).Except(Antonyms.All.Select(pair => pair.Word)).Except(Debatable)];

    /// <summary>Words that are in no list of translations.</summary>
    public static IReadOnlyList<string> Words { get; } =
        [.. CommonWords.All.Concat(OtherWords).Except(Translations.All.Select(word => word.English))];

    /// <summary>A region, a planet or a country of stories, or a name that nobody bears.</summary>
    public static string Place(Random random)
    {
        if (random.Next(3) == 0)
            return random.Pick(RealPlaces);
        string name = random.Pick(Syllables) + (random.Next(2) == 0 ? random.Pick(Syllables) : "") + random.Pick(Endings);
        return char.ToUpperInvariant(name[0]) + name[1..];
    }
}
