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
        wish:wishes tax:taxes match:matches lunch:lunches quiz:quizzes zebra:zebras nurse:nurses roof:roofs chef:chefs
        scarf:scarves elf:elves hoof:hooves cactus:cacti crisis:crises oasis:oases aircraft:aircraft salmon:salmon
        species:species series:series moose:moose spy:spies sky:skies lorry:lorries daisy:daisies strawberry:strawberries
        body:bodies copy:copies enemy:enemies diary:diaries library:libraries factory:factories bunny:bunnies pony:ponies
        turkey:turkeys valley:valleys tray:trays guitar:guitars banana:bananas lemon:lemons grape:grapes carrot:carrots
        pencil:pencils ruler:rulers shop:shops street:streets train:trains plane:planes bike:bikes lake:lakes island:islands
        farm:farms doctor:doctors sister:sisters brother:brothers student:students song:songs letter:letters word:words
        number:numbers game:games movie:movies bottle:bottles plate:plates spoon:spoons fork:forks shirt:shirts sock:socks
        coat:coats star:stars cloud:clouds mountain:mountains rabbit:rabbits frog:frogs snake:snakes bear:bears duck:ducks
        eagle:eagles mosquito:mosquitoes volcano:volcanoes grandchild:grandchildren policeman:policemen fireman:firemen
        snowman:snowmen mother:mothers father:fathers girl:girls son:sons daughter:daughters animal:animals nose:noses
        eye:eyes ear:ears arm:arms leg:legs head:heads finger:fingers language:languages village:villages town:towns
        road:roads bridge:bridges ship:ships wheel:wheels clock:clocks lamp:lamps picture:pictures camera:cameras bag:bags
        ticket:tickets pizza:pizzas cake:cakes cookie:cookies biscuit:biscuits onion:onions mango:mangoes
        """);
}
