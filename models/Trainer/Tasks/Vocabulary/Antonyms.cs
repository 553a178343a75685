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
        beginning:end ancient:modern modern:ancient difficult:easy arrival:departure departure:arrival accept:refuse
        refuse:accept agree:disagree attack:defend defend:attack borrow:lend lend:borrow bright:dim dim:bright broken:fixed
        careful:careless careless:careful certain:uncertain clever:stupid stupid:clever smart:stupid common:rare rare:common
        correct:incorrect incorrect:correct create:destroy destroy:create enter:exit exit:enter entrance:exit even:odd
        odd:even exciting:boring export:import import:export fat:thin find:lose float:sink sink:float floor:ceiling
        ceiling:floor follow:lead lead:follow fresh:stale stale:fresh gain:loss loss:gain generous:stingy stingy:generous
        girl:boy boy:girl man:woman woman:man king:queen queen:king mother:father father:mother mum:dad dad:mum brother:sister
        sister:brother son:daughter daughter:son husband:wife wife:husband uncle:aunt aunt:uncle adult:child child:adult
        prince:princess princess:prince guilty:innocent innocent:guilty healthy:sick sick:healthy heaven:hell hell:heaven
        honest:dishonest dishonest:honest include:exclude exclude:include junior:senior senior:junior legal:illegal
        illegal:legal likely:unlikely lucky:unlucky unlucky:lucky major:minor minor:major male:female female:male
        maximum:minimum minimum:maximum cheerful:gloomy gloomy:cheerful natural:artificial artificial:natural
        negative:positive positive:negative obey:disobey optimist:pessimist pessimist:optimist patient:impatient
        permanent:temporary temporary:permanent plus:minus minus:plus singular:plural plural:singular public:private
        private:public punish:reward reward:punish pure:impure quick:slow quickly:slowly slowly:quickly raise:lower real:fake
        fake:real receive:send send:receive regular:irregular same:different different:same save:spend spend:save
        serious:funny shut:open shy:confident solid:liquid liquid:solid spring:autumn autumn:spring straight:crooked
        crooked:straight sunrise:sunset sunset:sunrise tomorrow:yesterday yesterday:tomorrow useful:useless useless:useful
        vertical:horizontal horizontal:vertical victory:defeat defeat:victory visible:invisible invisible:visible well:badly
        badly:well wise:foolish foolish:wise with:without without:with hero:villain villain:hero morning:evening
        evening:morning dawn:dusk dusk:dawn bitter:sweet dull:sharp back:front complicated:simple cowardly:brave
        hardworking:lazy stormy:calm tame:wild apart:together goodbye:hello most:least least:most best:worst worst:best
        better:worse worse:better older:younger younger:older bigger:smaller smaller:bigger everything:nothing
        nothing:everything everybody:nobody nobody:everybody all:none none:all upstairs:downstairs downstairs:upstairs
        inner:outer outer:inner internal:external external:internal upper:lower nice:nasty nasty:nice pretty:ugly proud:humble
        humble:proud greedy:generous gentle:rough urban:rural rural:urban input:output output:input add:subtract subtract:add
        multiply:divide divide:multiply lock:unlock unlock:lock tie:untie pack:unpack load:unload appear:disappear
        disappear:appear fair:unfair unfair:fair known:unknown unknown:known comfortable:uncomfortable usual:unusual
        complete:incomplete direct:indirect formal:informal perfect:imperfect logical:illogical responsible:irresponsible
        equal:unequal able:unable stay:leave leave:stay live:die die:live curly:straight angry:calm hungry:full
        """);
}
