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
            six:seis seven:siete eight:ocho nine:nueve hundred:cien yellow:amarillo blue:azul grey:gris pink:rosa
            father:padre mother:madre brother:hermano sister:hermana son:hijo daughter:hija man:hombre woman:mujer fish:pez
            flower:flor chair:silla bed:cama kitchen:cocina street:calle car:coche train:tren ship:barco bridge:puente
            church:iglesia egg:huevo meat:carne rice:arroz salt:sal wine:vino beer:cerveza orange:naranja hello:hola
            thank_you:gracias please:por_favor good:bueno bad:malo big:grande hot:caliente new:nuevo old:viejo
            love:amor eye:ojo mouth:boca nose:nariz ear:oreja hair:pelo foot:pie rain:lluvia snow:nieve wind:viento
            summer:verano winter:invierno spring:primavera week:semana month:mes star:estrella sky:cielo sea:mar beach:playa
            bear:oso pig:cerdo sheep:oveja chicken:pollo duck:pato rabbit:conejo no:no family:familia money:dinero
            work:trabajo time:tiempo word:palabra game:juego paper:papel shirt:camisa shoe:zapato hat:sombrero dress:vestido
            blood:sangre gold:oro silver:plata stone:piedra wood:madera
            """),
        .. In("French", """
            dog:chien cat:chat house:maison water:eau bread:pain milk:lait book:livre red:rouge green:vert white:blanc
            black:noir sun:soleil moon:lune day:jour night:nuit hand:main one:un two:deux three:trois
            four:quatre five:cinq ten:dix friend:ami horse:cheval cheese:fromage apple:pomme table:table door:porte
            city:ville king:roi fire:feu cow:vache fish:poisson blue:bleu tree:arbre
            six:six seven:sept eight:huit nine:neuf hundred:cent yellow:jaune grey:gris pink:rose brown:marron son:fils
            daughter:fille man:homme woman:femme bird:oiseau flower:fleur chair:chaise bed:lit kitchen:cuisine street:rue
            car:voiture train:train ship:bateau bridge:pont meat:viande rice:riz salt:sel sugar:sucre wine:vin orange:orange
            lemon:citron hello:bonjour goodbye:au_revoir thank_you:merci good:bon bad:mauvais big:grand small:petit
            hot:chaud cold:froid new:nouveau old:vieux love:amour mouth:bouche nose:nez ear:oreille foot:pied rain:pluie
            snow:neige wind:vent winter:hiver spring:printemps week:semaine month:mois morning:matin evening:soir sky:ciel
            sea:mer mountain:montagne beach:plage bear:ours lion:lion pig:cochon sheep:mouton chicken:poulet duck:canard
            rabbit:lapin mouse:souris yes:oui no:non family:famille money:argent work:travail time:temps word:mot game:jeu
            paper:papier shirt:chemise shoe:chaussure hat:chapeau dress:robe blood:sang gold:or stone:pierre wood:bois
            """),
        .. In("German", """
            dog:Hund cat:Katze house:Haus water:Wasser bread:Brot milk:Milch book:Buch red:rot black:schwarz
            sun:Sonne moon:Mond day:Tag night:Nacht hand:Hand head:Kopf one:eins two:zwei three:drei four:vier ten:zehn
            friend:Freund horse:Pferd apple:Apfel table:Tisch window:Fenster city:Stadt school:Schule fire:Feuer cow:Kuh
            fish:Fisch blue:blau tree:Baum child:Kind
            six:sechs seven:sieben eight:acht nine:neun hundred:hundert yellow:gelb grey:grau brown:braun pink:rosa
            father:Vater mother:Mutter brother:Bruder sister:Schwester son:Sohn daughter:Tochter man:Mann woman:Frau
            boy:Junge bird:Vogel flower:Blume chair:Stuhl bed:Bett car:Auto train:Zug ship:Schiff church:Kirche egg:Ei
            meat:Fleisch rice:Reis salt:Salz sugar:Zucker wine:Wein beer:Bier orange:Orange lemon:Zitrone hello:Hallo
            goodbye:Auf_Wiedersehen thank_you:danke please:bitte good:gut bad:schlecht small:klein cold:kalt new:neu old:alt
            love:Liebe heart:Herz eye:Auge mouth:Mund nose:Nase ear:Ohr hair:Haar rain:Regen snow:Schnee wind:Wind
            summer:Sommer winter:Winter year:Jahr week:Woche month:Monat morning:Morgen evening:Abend star:Stern sky:Himmel
            sea:Meer mountain:Berg beach:Strand pig:Schwein sheep:Schaf duck:Ente mouse:Maus yes:ja no:nein family:Familie
            money:Geld work:Arbeit time:Zeit word:Wort game:Spiel paper:Papier shirt:Hemd shoe:Schuh hat:Hut dress:Kleid
            blood:Blut gold:Gold silver:Silber stone:Stein wood:Holz
            """),
    ];

    private static IEnumerable<Translation> In(string language, string pairs) =>
        WordPair.Parse(pairs).Select(pair => new Translation(pair.Word, language, pair.Result));
}
