namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Things that people in stories own, buy and give away, in the plural.</summary>
internal static class Things
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. """
        apples balls bananas beads bells books bottles boxes buttons cakes candles cards carrots chairs coins cookies
        cups dolls eggs flags flowers forks games grapes hats keys kites lamps leaves lemons letters marbles melons
        mugs nuts onions oranges peaches pears pencils pens pictures pins plates plums potatoes puzzles ribbons rings
        rocks roses shells shirts socks spoons stamps stars stickers stones tickets tomatoes toys
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];
}
