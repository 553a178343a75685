namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Common English words in lower case, to be copied, spelled, sorted and counted.</summary>
internal static class CommonWords
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. """
        able above acid actor adult after again agent air alarm album alone angel animal answer apple april arm army
        arrow artist aunt autumn baby bacon badge bag baker ball banana band bank barn basket bath beach bean bear beard
        bed bee beetle bell belt bench berry bird biscuit blanket board boat body bone book boot bottle bowl box boy
        branch brave bread breakfast bridge brother brush bucket building bus butter button cabin cable cake calendar
        camel camera camp candle candy captain car carpet carrot castle cat cave ceiling chair chalk cheese cherry chicken
        child church circle circus city class clay clock cloud coach coat coffee coin color comb computer cook corn
        cotton couch country cousin cow crab cream crown cup curtain cushion dad dance danger day deer desk diamond
        dinner dish doctor dog doll dollar donkey door dragon dream dress drink driver drum duck dust eagle ear earth
        egg elbow elephant engine evening eye face factory family farm farmer father feather fence field finger fire
        fish flag floor flower flute fog food foot forest fork fox friend frog fruit game garage garden gate ghost giant
        giraffe girl glass glove goat gold goose grape grass guitar hair hall hammer hand harbor hat hawk head heart
        hill holiday honey hook horse hospital hotel hour house ice island jacket jam jar jelly jewel juice jungle key
        kitchen kite knee knife ladder lake lamp language leaf lemon leopard letter library light lion lizard lunch
        machine magnet map market meadow meal medicine melon message metal milk mirror money monkey month moon morning
        mother mountain mouse mouth museum music nail neck needle nest night north nose number nurse ocean office oil
        onion orange orchard oven owl paint palace panda paper parent park parrot party peach peanut pear pen pencil
        penguin pepper person piano picture pie pig pillow pilot pizza planet plant plate pocket poem police pond pony
        potato present prince princess pumpkin puzzle queen question rabbit radio rain rainbow ribbon rice river road
        robot rocket roof room rope rose ruler sailor salad salt sand sandwich school science scissors sea season shadow
        sheep shelf ship shirt shoe shop shoulder silver singer sister sky snail snake snow soap sock soup spider spoon
        spring square squirrel star station stone storm story street strawberry student sugar summer sun sweater table
        tail teacher telephone temple tent theater thumb ticket tiger toast tomato tooth tower town toy tractor train
        tree triangle truck turtle umbrella uncle vegetable village violin voice wagon wall watch water weather wheel
        whistle wind window winter wolf wood world yard year zebra
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];
}
