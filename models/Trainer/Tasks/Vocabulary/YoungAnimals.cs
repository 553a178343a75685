namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Animals and the usual name of their young.</summary>
internal static class YoungAnimals
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        dog:puppy cat:kitten cow:calf horse:foal sheep:lamb goat:kid pig:piglet duck:duckling goose:gosling swan:cygnet
        lion:cub bear:cub tiger:cub deer:fawn kangaroo:joey frog:tadpole eagle:eaglet owl:owlet hen:chick fox:cub
        wolf:cub seal:pup whale:calf elephant:calf rabbit:kit hare:leveret zebra:foal giraffe:calf donkey:foal llama:cria dolphin:calf leopard:cub hippo:calf pigeon:squab
        turkey:poult
        """);
}
