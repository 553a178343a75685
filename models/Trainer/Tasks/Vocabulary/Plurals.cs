namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Nouns and their plurals, regular and not.</summary>
internal static class Plurals
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        cat:cats dog:dogs car:cars tree:trees book:books house:houses horse:horses bird:birds table:tables river:rivers
        box:boxes fox:foxes bus:buses glass:glasses dress:dresses class:classes bush:bushes dish:dishes brush:brushes
        church:churches watch:watches beach:beaches peach:peaches bench:benches branch:branches sandwich:sandwiches
        city:cities baby:babies party:parties story:stories berry:berries lady:ladies country:countries family:families
        puppy:puppies cherry:cherries toy:toys boy:boys key:keys day:days monkey:monkeys donkey:donkeys leaf:leaves
        knife:knives wife:wives wolf:wolves shelf:shelves loaf:loaves half:halves thief:thieves life:lives calf:calves
        man:men woman:women child:children foot:feet tooth:teeth goose:geese mouse:mice ox:oxen sheep:sheep deer:deer
        fish:fish potato:potatoes tomato:tomatoes echo:echoes photo:photos piano:pianos radio:radios
        kangaroo:kangaroos person:people apple:apples orange:oranges window:windows flower:flowers garden:gardens
        ball:balls bed:beds chair:chairs door:doors hand:hands room:rooms school:schools friend:friends teacher:teachers cup:cups
        king:kings pen:pens phone:phones computer:computers hero:heroes cow:cows pig:pigs elephant:elephants bee:bees boat:boats
        kiss:kisses inch:inches witch:witches fly:flies penny:pennies butterfly:butterflies lion:lions tiger:tigers egg:eggs hat:hats shoe:shoes
        """);
}
