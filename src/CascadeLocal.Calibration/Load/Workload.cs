using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Load;

/// <summary>
/// What is asked. The n-th conversation is a function of the seed, the lane and n; unless they recur, no two made-up prompts share more than
/// the prefix that was asked for.
/// </summary>
/// <param name="seed">Decides the words.</param>
/// <param name="queries">What is asked, one after the other and again from the first; null for made-up words.</param>
public sealed class Workload(ulong seed, IReadOnlyList<Query>? queries = null)
{
    private static readonly string[] Words =
    [
        .. """
        about above across after again air all along also always and another answer any around as ask at away back be because been before
        begin being below between big book both boy bring but by call came can car carry change children city close cold color come could
        country cut day did different do does done door down draw each earth east eat end enough even every example eye face family far
        farm fast father feel few field find fire first fish five follow food for form found four friend from full game gave get girl give
        go good great green group grow had half hand hard has have head hear help her here high him his home horse hour house how idea if
        important in inside is island it its just keep kind king knew know land large last late learn leave left letter life light like
        line list little live long look low made make many map mark may mean men might mile money morning most mother mountain move much
        music must my name near need never new next night no north not notice now number of off often old on once one only open or order
        other our out over own page paper part people person picture piece place plan plant play point press problem pull put question
        quick rain ran reach read real red rest right river road rock room round rule run said same saw say school sea second see seem
        sentence set several she ship short should show side simple since sing sit six sleep slow small snow so some song soon sound south
        space stand star start state step still stop story street strong study such sun sure table take talk teach tell ten than that the
        their them then there these they thing think this those thought three through time to together told too took top town travel tree
        true try turn two under until up us use very voice walk want warm was watch water way we week well went were west what wheel when
        where which while white who whole why will wind with without wonder word work world would write year yes yet you young your
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    private string? _prefix;

    /// <summary>Words of a made-up prompt, its prefix not counted. Most tokenizers have a token for each.</summary>
    public int PromptWords { get; init; } = 60;

    /// <summary>Words of a system prompt that all conversations share; 0 for none.</summary>
    public int SharedPrefixWords { get; init; }

    /// <summary>So many different conversations, asked again and again; null for ever new ones.</summary>
    public int? Recurring { get; init; }

    /// <summary>
    /// Which words of the seed's: endpoints of one server have a lane each, so that none finds in the server's prefix cache what another one was
    /// asked. Questions of a file are the same in all.
    /// </summary>
    public int Lane { get; init; }

    /// <summary>Questions of a conversation: each is asked behind all that was asked and answered before.</summary>
    public int Turns { get; init; } = 1;

    /// <summary>The messages with which a conversation begins, up to its first question.</summary>
    internal IReadOnlyList<ChatMessage> Begin(int number)
    {
        int which = Which(number);
        IReadOnlyList<ChatMessage> question = queries is null ? [Question(which, turn: 0)] : queries[which % queries.Count].Messages;
        return SharedPrefixWords > 0
            ? [new("system", _prefix ??= Write(new SeededGenerator(LaneSeed), SharedPrefixWords)), .. question]
            : question;
    }

    /// <summary>A later question of a conversation.</summary>
    internal ChatMessage Next(int number, int turn) => Question(Which(number), turn);

    /// <summary>How many conversations there are that begin in different ways; null for any number.</summary>
    public int? Different => (Recurring, queries?.Count) switch
    {
        ({ } recurring, { } read) => Math.Min(recurring, read),
        (var recurring, var read) => recurring ?? read,
    };

    // Beyond the turns.
    private ulong LaneSeed => seed + ((ulong)Lane << 32);

    private int Which(int number) => Recurring is { } different ? number % different : number;

    private ChatMessage Question(int which, int turn) =>
        new("user", Write(SeededGenerator.Of(LaneSeed + 1 + (ulong)turn, which), PromptWords));

    private static string Write(SeededGenerator random, int words) =>
        string.Join(' ', Enumerable.Range(0, words).Select(_ => Words[random.NextIndex(Words.Length)]));
}
