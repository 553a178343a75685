using System.Text.RegularExpressions;

using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>
/// Counts tokens as the tier's tokenizer does in the main: the 250 most frequent words after a space are one token each,
/// everything else is one token a character.
/// </summary>
public sealed partial class AnswerLengthTests
{
    private const int WordMerges = 250;

    [Fact]
    public void At_least_twelve_families_have_answers_of_thirty_tokens_on_average()
    {
        TaskSampler sampler = new(1, TaskSplit.LmTrain, MemberProfile.Even);
        List<TaskExample> examples = [.. Enumerable.Range(0, 20_000).Select(_ => sampler.Next())];
        HashSet<string> merges =
        [
            .. examples.SelectMany(example => example.Turns)
                .SelectMany(turn => SpacedWordPattern().Matches(turn.Content).Select(match => match.Value))
                .GroupBy(word => word)
                .OrderByDescending(word => word.Count()).ThenBy(word => word.Key, StringComparer.Ordinal)
                .Take(WordMerges).Select(word => word.Key),
        ];
        var lengths = examples.GroupBy(example => example.Family)
            .ToDictionary(family => family.Key, family => family.Average(example => Tokens(example.Answer, merges)));

        Assert.True(lengths.Values.Count(length => length >= 30) >= 12, string.Join(", ", lengths));
        Assert.Contains(lengths.Values, length => length < 5);
    }

    private static int Tokens(string text, HashSet<string> merges)
    {
        int inWords = SpacedWordPattern().Matches(text).Where(word => merges.Contains(word.Value)).Sum(word => word.Length - 1);
        return text.Length - inWords;
    }

    [GeneratedRegex(" [A-Za-z]+")]
    private static partial Regex SpacedWordPattern();
}
