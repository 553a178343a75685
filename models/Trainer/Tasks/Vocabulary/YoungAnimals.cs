namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Animals and the usual name of their young.</summary>
internal static class YoungAnimals
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        dog:puppy cat:kitten cow:calf horse:foal sheep:lamb goat:kid pig:piglet duck:duckling goose:gosling swan:cygnet
        lion:cub bear:cub tiger:cub deer:fawn kangaroo:joey frog:tadpole eagle:eaglet owl:owlet hen:chick fox:cub
        wolf:cub seal:pup whale:calf elephant:calf rabbit:kit hare:leveret zebra:foal giraffe:calf donkey:foal llama:cria dolphin:calf leopard:cub hippo:calf pigeon:squab
        turkey:poult
        camel:calf penguin:chick ostrich:chick parrot:chick chicken:chick bat:pup shark:pup squirrel:kit bison:calf
        moth:caterpillar butterfly:caterpillar cheetah:cub raccoon:kit beaver:kit hedgehog:hoglet buffalo:calf panda:cub
        antelope:calf otter:pup badger:cub moose:calf rhino:calf alpaca:cria toad:tadpole walrus:calf hyena:cub coyote:pup
        ox:calf reindeer:calf robin:chick sparrow:chick
        """);
}
