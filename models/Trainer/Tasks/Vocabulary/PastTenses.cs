namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Verbs and their past tense, regular and not.</summary>
internal static class PastTenses
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        walk:walked talk:talked play:played look:looked cook:cooked open:opened clean:cleaned jump:jumped help:helped
        paint:painted call:called work:worked wait:waited visit:visited like:liked live:lived dance:danced close:closed
        smile:smiled move:moved carry:carried cry:cried try:tried study:studied hurry:hurried stop:stopped plan:planned
        drop:dropped hug:hugged go:went come:came see:saw eat:ate drink:drank give:gave take:took make:made write:wrote
        run:ran sing:sang swim:swam begin:began ring:rang sit:sat stand:stood buy:bought bring:brought think:thought
        teach:taught catch:caught fight:fought find:found know:knew grow:grew throw:threw fly:flew blow:blew draw:drew
        sleep:slept keep:kept feel:felt meet:met leave:left lose:lost build:built send:sent spend:spent hear:heard
        hold:held tell:told sell:sold say:said pay:paid have:had do:did get:got win:won hide:hid ride:rode
        drive:drove break:broke speak:spoke wake:woke choose:chose forget:forgot fall:fell put:put cut:cut hit:hit
        ask:asked answer:answered start:started want:wanted need:needed love:loved wash:washed watch:watched learn:learned
        listen:listened laugh:laughed climb:climbed kick:kicked push:pushed shout:shouted travel:travelled arrive:arrived
        bake:baked hope:hoped use:used read:read shut:shut bite:bit lend:lent shake:shook steal:stole wear:wore become:became
        understand:understood lead:led swing:swung dig:dug light:lit
        """);
}
