namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>A small vocabulary in Spanish, French and German: only words that need no accents.</summary>
internal static class Translations
{
    public static IReadOnlyList<Translation> All { get; } =
    [
        .. In("Spanish", """
            dog:perro cat:gato house:casa water:agua bread:pan milk:leche book:libro red:rojo green:verde white:blanco
            black:negro sun:sol moon:luna night:noche hand:mano head:cabeza one:uno two:dos three:tres four:cuatro
            five:cinco ten:diez friend:amigo horse:caballo cheese:queso apple:manzana table:mesa door:puerta window:ventana
            city:ciudad school:escuela king:rey fire:fuego cow:vaca wolf:lobo
            """),
        .. In("French", """
            dog:chien cat:chat house:maison water:eau bread:pain milk:lait book:livre red:rouge green:vert white:blanc
            black:noir sun:soleil moon:lune day:jour night:nuit hand:main one:un two:deux three:trois
            four:quatre five:cinq ten:dix friend:ami horse:cheval cheese:fromage apple:pomme table:table door:porte
            city:ville king:roi fire:feu cow:vache fish:poisson blue:bleu tree:arbre
            """),
        .. In("German", """
            dog:Hund cat:Katze house:Haus water:Wasser bread:Brot milk:Milch book:Buch red:rot black:schwarz
            sun:Sonne moon:Mond day:Tag night:Nacht hand:Hand head:Kopf one:eins two:zwei three:drei four:vier ten:zehn
            friend:Freund horse:Pferd apple:Apfel table:Tisch window:Fenster city:Stadt school:Schule fire:Feuer cow:Kuh
            fish:Fisch blue:blau tree:Baum child:Kind
            """),
    ];

    private static IEnumerable<Translation> In(string language, string pairs) =>
        WordPair.Parse(pairs).Select(pair => new Translation(pair.Word, language, pair.Result));
}
