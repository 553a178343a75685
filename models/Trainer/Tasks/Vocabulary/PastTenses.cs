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
        add:added agree:agreed allow:allowed brush:brushed change:changed chase:chased clap:clapped count:counted
        cover:covered cross:crossed decide:decided deliver:delivered enjoy:enjoyed enter:entered explain:explained fill:filled
        finish:finished fix:fixed follow:followed guess:guessed hop:hopped hunt:hunted invite:invited join:joined kiss:kissed
        knock:knocked land:landed lift:lifted marry:married miss:missed mix:mixed nod:nodded offer:offered order:ordered
        pack:packed park:parked pass:passed pick:picked pour:poured print:printed promise:promised pull:pulled reach:reached
        remember:remembered rest:rested return:returned rub:rubbed save:saved share:shared show:showed skip:skipped
        stay:stayed taste:tasted thank:thanked tie:tied touch:touched turn:turned type:typed whisper:whispered wish:wished
        worry:worried yell:yelled beg:begged bend:bent bet:bet bleed:bled burst:burst creep:crept deal:dealt feed:fed
        flee:fled forgive:forgave freeze:froze hang:hung hurt:hurt kneel:knelt lay:laid lie:lay let:let mean:meant quit:quit
        rise:rose seek:sought set:set shine:shone shoot:shot sink:sank slide:slid spin:spun split:split spread:spread
        stick:stuck strike:struck swear:swore sweep:swept tear:tore weep:wept cling:clung jog:jogged bow:bowed hate:hated
        believe:believed arrange:arranged dream:dreamed end:ended improve:improved invent:invented notice:noticed own:owned
        phone:phoned please:pleased repair:repaired sail:sailed sew:sewed smell:smelled spell:spelled dress:dressed
        """);
}
