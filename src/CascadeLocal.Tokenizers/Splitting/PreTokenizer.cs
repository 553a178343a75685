using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>How a byte-pair vocabulary cuts a text into words before it merges: <c>tokenizer.ggml.pre</c>.</summary>
/// <param name="Splitters">Each cuts what the one before left.</param>
internal sealed record PreTokenizer(params Splitter[] Splitters)
{
    private static readonly Splitter Gpt2 = new Gpt2Words();
    private static readonly Splitter Llama3 = new Words { Digits = 3 };
    private static readonly Splitter Qwen2 = new Words();
    private static readonly Splitter DeepSeek = new DeepSeekWords();
    private static readonly Splitter Number = new Runs(point => point.IsNumber) { Most = 1 };
    private static readonly Splitter ThreeNumbers = new Runs(point => point.IsNumber) { Most = 3 };
    private static readonly Splitter Numbers = new Runs(point => point.IsNumber);
    private static readonly Splitter ThreeDigits = new Runs(point => point.IsAsciiDigit) { Least = 3, Most = 3 };
    private static readonly Splitter Newline = new Runs(point => point.IsNewline) { Most = 1 };
    private static readonly Splitter Lines = new Runs(point => point.Value != '\n', point => point.Value == '\n');
    private static readonly Splitter HanAndKana = new Runs(Scripts.IsHanOrKana);
    private static readonly Splitter EastAsian = new Runs(Scripts.IsEastAsian);
    private static readonly Splitter BloomWords = new Runs(Scripts.IsBloomWord) { Lead = RunLead.Space };

    private static readonly Dictionary<string, PreTokenizer> ByName = Named(
        (["default"], new(
            new Runs(IsPunctuationOrSymbolButAccent), Gpt2, Numbers, ThreeDigits)),
        (["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"],
            new(Llama3) { TakesWholeWords = true }),
        (["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"], new(Llama3)),
        (["minicpm5"], new(ThreeNumbers, new Words { Digits = int.MaxValue }) { TakesWholeWords = true }),
        (["jais-2"], new(new Words { Digits = 3, BlanksInPowers = true })),
        (["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2"], new(Qwen2)),
        (["qwen35"], new(new Words { Letters = LetterRule.LettersAndMarks, MarksAreNoSymbols = true })),
        (["bailingmoe", "bailingmoe2", "llada-moe"], new(Qwen2)),
        (["seed-coder"], new(new Words { SymbolsTakeNewlines = false })),
        (["laguna"], new(Lines, Qwen2)),
        (["exaone-moe"], new(new Words { Letters = LetterRule.LettersAcrossSpaces, SymbolsTakeSlashes = true, SymbolsTakeOne = true })),
        (["deepseek-llm"], new(
            Newline, new Runs(Scripts.IsCased) { Lead = RunLead.AnySpace }, new Runs(Scripts.IsDeepSeekPunctuation) { Lead = RunLead.AnySpace },
            new TrailingSpace(), EastAsian, Numbers)),
        (["deepseek-coder"], new(
            Newline, new Runs(point => point.IsLetter) { Lead = RunLead.AnySpace }, new Runs(point => point.IsPunctuation) { Lead = RunLead.AnySpace },
            EastAsian, Number)),
        (["deepseek-v3", "hunyuan-dense", "joyai-llm"], new(ThreeNumbers, HanAndKana, DeepSeek)),
        (["afmoe"], new(
            new DigitGroups(point => point.IsNumber) { CutsAfter = true }, new Runs(Scripts.IsAfmoeAsian), DeepSeek)),
        (["youtu"], new(
            new Runs(Scripts.IsKorean, Scripts.IsYoutuPunctuation, Scripts.IsBopomofo, Scripts.IsHanOrKana),
            new Words { Letters = LetterRule.LettersAndMarks, ContractionsFirst = false, ContractionsLast = true, SymbolsTakeSlashes = true })
        {
            TakesWholeWords = true,
        }),
        (["falcon"], new(new Runs(IsPunctuationOrSymbol), Gpt2, ThreeDigits)),
        (["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"], new(Number, Gpt2)),
        (["gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert", "exaone4",
            "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo", "jais", "trillion", "granite-docling"], new(Gpt2)),
        (["poro-chat", "bloom", "gpt3-finnish"], new(BloomWords)),
        (["viking"], new(BloomWords, Number)),
        (["tekken"], new(new Words { Letters = LetterRule.CapitalsThenSmall, ContractionsFirst = false, SymbolsTakeSlashes = true })
        {
            TakesWholeWords = true,
        }),
        (["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], new(new Words
        {
            Letters = LetterRule.CapitalsThenSmall, ContractionsFirst = false, ContractionsLast = true, SymbolsTakeSlashes = true, Digits = 3,
        })),
        (["granite-embed-multi-97m"], new(new Words
        {
            Letters = LetterRule.CapitalsThenSmallAndMarks, ContractionsFirst = false, ContractionsLast = true, SymbolsTakeSlashes = true, Digits = 3,
        })
        {
            TakesWholeWords = true,
        }),
        (["tiny_aya", "cohere2moe"], new(
            new DigitGroups(point => point.IsNumber) { CutsAfter = true },
            new Words
            {
                Letters = LetterRule.LettersAndMarks, ContractionsFirst = false, ContractionsLast = true, SymbolsTakeSlashes = true, Digits = 3,
            })),
        (["superbpe"], new(Numbers, new DigitGroups(point => point.IsAsciiDigit) { CutsBeforeFullGroup = true })),
        (["kimi-k2"], new(new KimiWords())),
        (["chameleon"], new(
            new ChameleonMarks { Mark = ChameleonMark.Sentinel }, new ChameleonMarks { Mark = ChameleonMark.Image },
            new ChameleonMarks { Mark = ChameleonMark.Blanks }, Number,
            new Runs(point => point.IsPunctuation || (point.Value < 0x7F && point.Category == CharacterCategory.Symbol)) { Most = 1 }, Gpt2)),
        (["gemma4", "granite-embed-multi-311m"], new(Lines) { IsByteEncoded = false, EscapesSpaces = true, TakesWholeNewlines = true }),
        (["sarvam-moe"], new(Lines) { IsByteEncoded = false, EscapesSpaces = true }),
        (["whitespace"], new(new Runs(point => !point.IsSpace)) { IsByteEncoded = false }));

    /// <summary>Whether a word that is a token is taken as that, whatever the merges say.</summary>
    public bool TakesWholeWords { get; private init; }

    /// <summary>Whether runs of newlines that are tokens are taken as those.</summary>
    public bool TakesWholeNewlines { get; private init; }

    /// <summary>Whether tokens are written in GPT-2's letters for bytes, and not in plain UTF-8.</summary>
    public bool IsByteEncoded { get; private init; } = true;

    /// <summary>Whether a space is written as U+2581.</summary>
    public bool EscapesSpaces { get; private init; }

    /// <summary>Every name that is known.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The pre-tokenizer of a name, or null. No name at all is <c>default</c>.</summary>
    public static PreTokenizer? Find(string? name) => ByName.GetValueOrDefault(string.IsNullOrEmpty(name) ? "default" : name);

    private static bool IsPunctuationOrSymbol(CodePoint point) =>
        point.IsPunctuation || point.Value is '$' or '+' or '<' or '=' or '>' or '^' or '~' or '|' or '`';

    private static bool IsPunctuationOrSymbolButAccent(CodePoint point) => point.Value != '`' && IsPunctuationOrSymbol(point);

    private static Dictionary<string, PreTokenizer> Named(params (string[] Names, PreTokenizer PreTokenizer)[] entries) => entries
        .SelectMany(entry => entry.Names.Select(name => (name, entry.PreTokenizer)))
        .ToDictionary(pair => pair.name, pair => pair.PreTokenizer, StringComparer.Ordinal);
}
