using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

public sealed class TaskSplitTests
{
    private const int DrawsPerSplit = 8_000;

    [Fact]
    public void No_question_is_in_two_splits_and_equal_questions_have_equal_answers()
    {
        Dictionary<string, (TaskSplit Split, string Answer)> questions = [];
        foreach (TaskSplit split in Enum.GetValues<TaskSplit>())
        {
            TaskSampler sampler = new(seed: 3, split, MemberProfile.Even);
            for (int i = 0; i < DrawsPerSplit; i++)
            {
                TaskExample example = sampler.Next();
                // Neither a system prompt nor the way of typing makes another question.
                string question = string.Join('\n', example.Turns.SkipLast(1)
                    .Where(turn => turn.Role != ChatTurn.SystemRole)
                    .Select(turn => TypingStyle.BareOf(turn.Content)));
                Assert.True(questions.TryAdd(question, (split, example.Answer)) || questions[question] == (split, example.Answer),
                    $"'{question}': {split}, {example.Answer}; {questions[question]}");
            }
        }
        Assert.True(questions.Count > 20_000, $"{questions.Count}");
    }

    [Theory]
    [InlineData("add", 3)]
    [InlineData("multiply", 3)]
    [InlineData("compare", 2)]
    public void Operands_are_in_one_split_in_either_order(string name, int level)
    {
        ITaskFamily family = TaskDraws.Family(name);
        Random random = new(8);
        Dictionary<string, TaskSplit> owners = [];
        foreach (TaskSplit split in Enum.GetValues<TaskSplit>())
            for (int i = 0; i < 1_500; i++)
            {
                string key = string.Join(' ', Texts.Numbers(family.Draw(random, level, split).Turns[0].Content).Order());
                Assert.True(!owners.TryGetValue(key, out TaskSplit owner) || owner == split, key);
                owners[key] = split;
            }
    }

    [Fact]
    public void Operands_are_closed_or_open_whatever_the_level()
    {
        Random random = new(6);
        foreach (TaskFamily family in TaskDraws.Families.OfType<TaskFamily>())
        {
            Dictionary<string, bool> closed = [];
            for (int i = 0; i < 2_000; i++)
            {
                Problem problem = family.Ask(random, 1 + i % family.Levels);
                Assert.Equal(closed.GetValueOrDefault(problem.Key, problem.Closed), problem.Closed);
                closed[problem.Key] = problem.Closed;
            }
        }
    }

    [Theory]
    [InlineData("capital")]
    [InlineData("antonym")]
    [InlineData("translate")]
    public void Every_closed_fact_is_seen_in_training(string name)
    {
        ITaskFamily family = TaskDraws.Family(name);
        Random random = new(4);
        HashSet<string> trained = [.. Draw(TaskSplit.LmTrain, 5_000)];
        Assert.All(Draw(TaskSplit.Test, 500), answer => Assert.Contains(answer, trained));

        IEnumerable<string> Draw(TaskSplit split, int count) =>
            Enumerable.Range(0, count).Select(_ => family.Draw(random, level: 1, split).Answer);
    }

    [Fact]
    public void Test_B_uses_only_words_that_training_has_shown()
    {
        HashSet<string> trained = [.. Words(new TaskSampler(1, TaskSplit.LmTrain, MemberProfile.Even), 40_000)];
        string[] phrasingWords =
        [
            .. TaskCatalogue.All.SelectMany(family => family.Phrasings.In(PhrasingPool.UnseenCombination))
                .SelectMany(phrasing => phrasing.ToLowerInvariant().Split(' '))
                .Where(word => !word.Contains('{', StringComparison.Ordinal))
                .Distinct(),
        ];
        Assert.All(phrasingWords, word => Assert.Contains(word, trained));

        static IEnumerable<string> Words(TaskSampler sampler, int count) => Enumerable.Range(0, count)
            .SelectMany(_ => sampler.Next().Turns)
            .SelectMany(turn => turn.Content.ToLowerInvariant().Split(' '));
    }

    [Fact]
    public void The_hash_never_changes()
    {
        // Computed once by hand-written code in another language; another value would reshuffle all splits.
        Assert.Equal(0x942E7D91C93660A2UL, StableHash.Of("what is 3 + 4"));
    }

    [Fact]
    public void Shares_are_three_quarters_for_training_and_a_sixteenth_for_each_other_split()
    {
        var shares = Enumerable.Range(0, 160_000).GroupBy(i => TaskSplits.Of($"key {i}")).ToDictionary(split => split.Key, split => split.Count());
        Assert.InRange(shares[TaskSplit.LmTrain], 118_500, 121_500);
        foreach (TaskSplit split in Enum.GetValues<TaskSplit>().Where(split => split != TaskSplit.LmTrain))
            Assert.InRange(shares[split], 9_500, 10_500);
    }
}
