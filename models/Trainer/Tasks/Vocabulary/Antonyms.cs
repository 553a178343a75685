namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Words with one usual opposite.</summary>
internal static class Antonyms
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        hot:cold cold:hot up:down down:up left:right open:closed closed:open full:empty empty:full long:short tall:short
        young:old new:old early:late late:early rich:poor poor:rich strong:weak weak:strong fast:slow slow:fast
        happy:sad sad:happy good:bad bad:good wet:dry dry:wet clean:dirty dirty:clean heavy:light dark:light day:night
        night:day black:white white:black true:false false:true first:last last:first inside:outside outside:inside
        thick:thin thin:thick loud:quiet quiet:loud deep:shallow shallow:deep wide:narrow narrow:wide near:far far:near
        begin:end win:lose lose:win buy:sell sell:buy give:take push:pull pull:push summer:winter winter:summer
        north:south south:north east:west west:east always:never never:always love:hate hate:love hard:soft soft:hard
        sharp:dull smooth:rough rough:smooth alive:dead dead:alive before:after after:before above:below below:above
        yes:no no:yes many:few few:many more:less less:more big:small small:big high:low low:high easy:hard
        remember:forget forget:remember arrive:leave question:answer answer:question success:failure failure:success
        end:begin start:stop stop:start short:long light:dark friend:enemy enemy:friend cheap:expensive
        expensive:cheap safe:dangerous dangerous:safe brave:cowardly beautiful:ugly ugly:beautiful kind:cruel cruel:kind
        rise:fall laugh:cry asleep:awake awake:asleep absent:present noisy:silent silent:noisy simple:complicated
        tight:loose loose:tight calm:stormy war:peace peace:war over:under under:over in:out out:in on:off off:on
        front:back top:bottom bottom:top lost:found sweet:bitter polite:rude rude:polite lazy:hardworking warm:cool
        cool:warm little:big large:small huge:tiny tiny:huge right:wrong wrong:right come:go go:come increase:decrease
        decrease:increase freeze:melt melt:freeze hello:goodbye here:there there:here interesting:boring boring:interesting
        possible:impossible impossible:possible together:apart forward:backward backward:forward wild:tame
        """);
}
