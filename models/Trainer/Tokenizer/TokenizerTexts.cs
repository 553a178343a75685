using System.Text.RegularExpressions;

using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>
/// What the tier's words are counted in: the phrasings without their operands, and the words that a family's answers share.
/// Operands stay one token a character, so that they can be spelled, counted and copied whatever they are.
/// </summary>
internal static partial class TokenizerTexts
{
    private const int Seed = 1;
    private const int AnswersPerFamily = 300;
    private const double SharedByAnswers = 0.1;

    /// <summary>All of them, the same in every process.</summary>
    public static IEnumerable<string> All() => TaskCatalogue.Asked.SelectMany(family => Phrasings(family).Concat(SharedWords(family)));

    private static IEnumerable<string> Phrasings(ITaskFamily family) =>
        family.Phrasings.In(PhrasingPool.Seen).Concat(WrittenPhrasings.Of(family.WrittenName).Training)
            .Select(phrasing => Slot().Replace(phrasing, ""));

    private static IEnumerable<string> SharedWords(ITaskFamily family)
    {
        Random random = new(Seed);
        return Enumerable.Range(0, AnswersPerFamily)
            .Select(i => family.Draw(random, 1 + i % family.Levels, TaskSplit.LmTrain, PhrasingPool.Written).Answer)
            .SelectMany(answer => Word().Matches(answer).Select(match => match.Value).Distinct())
            .CountBy(word => word)
            .Where(word => word.Value >= SharedByAnswers * AnswersPerFamily)
            .SelectMany(word => Enumerable.Repeat(word.Key, word.Value));
    }

    [GeneratedRegex(@"\{[0-9]\}")]
    private static partial Regex Slot();

    [GeneratedRegex(" [A-Za-z]+")]
    private static partial Regex Word();
}
