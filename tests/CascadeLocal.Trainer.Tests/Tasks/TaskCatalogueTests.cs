using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tasks.Vocabulary;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

public sealed class TaskCatalogueTests
{
    public static TheoryData<string> Names => [.. TaskDraws.FamilyNames];

    [Fact]
    public void There_are_at_most_nine_topics_of_several_families_each_and_at_least_24_families()
    {
        Assert.True(TaskCatalogue.All.Count >= 24);
        var topics = TaskCatalogue.All.GroupBy(family => family.Topic).ToList();
        Assert.True(topics.Count <= 9);
        Assert.All(topics, topic => Assert.True(topic.Count() >= 3));
    }

    [Fact]
    public void Names_are_unique_and_held_out_families_are_not_trained()
    {
        string[] names = [.. TaskCatalogue.Asked.Concat(TaskCatalogue.HeldOut).Select(family => family.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.NotEmpty(TaskCatalogue.HeldOut);
    }

    [Fact]
    public void The_readme_documents_every_family()
    {
        string readme = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "models", "Trainer", "Tasks", "README.md"));
        Assert.All(TaskDraws.FamilyNames.Concat(TaskCatalogue.Asked.Select(family => family.Name)), name => Assert.Matches($@"[ ,|]{name}[ ,|]", readme));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_family_has_twenty_seen_phrasings_and_no_two_read_the_same(string name)
    {
        Phrasings phrasings = TaskDraws.Family(name).Phrasings;
        Assert.True(phrasings.In(PhrasingPool.Seen).Count >= 20);
        string[] operands = ["one", "two", "three", "four", "five"];
        List<string> bare =
        [
            .. new[] { PhrasingPool.Seen, PhrasingPool.UnseenCombination, PhrasingPool.UnseenCore }.SelectMany(phrasings.In)
                .Select(phrasing => TypingStyle.Bare.Type(phrasing, operands, keepOperandCase: false)),
        ];
        Assert.Equal(bare.Count, bare.Distinct().Count());
    }

    [Theory, MemberData(nameof(Names))]
    public void An_unseen_combination_is_made_of_seen_words(string name)
    {
        Phrasings phrasings = TaskDraws.Family(name).Phrasings;
        HashSet<string> seen = [.. Words(PhrasingPool.Seen)];
        Assert.NotEmpty(phrasings.In(PhrasingPool.UnseenCombination));
        Assert.All(Words(PhrasingPool.UnseenCombination), word => Assert.Contains(word, seen));

        IEnumerable<string> Words(PhrasingPool pool) =>
            phrasings.In(pool).SelectMany(phrasing => phrasing.ToLowerInvariant().Split(' '));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_level_and_split_can_be_drawn_and_says_what_it_is(string name)
    {
        ITaskFamily family = TaskDraws.Family(name);
        foreach (TaskExample example in TaskDraws.Draw(family, perCell: 5))
        {
            Assert.Equal(family.Name, example.Family);
            Assert.Equal(family.Topic, example.Topic);
            Assert.InRange(example.Level, 1, family.Levels);
            Assert.Equal(ChatTurn.AssistantRole, example.Turns[^1].Role);
            Assert.Equal(ChatTurn.UserRole, example.Turns[^2].Role);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Texts_are_short_ascii_without_stray_spaces(string name)
    {
        foreach (TaskExample example in TaskDraws.Draw(TaskDraws.Family(name), perCell: 30))
            foreach (ChatTurn turn in example.Turns)
            {
                Assert.True(turn.Content.Length is > 0 and < 600, turn.Content);
                Assert.All(turn.Content, letter => Assert.InRange(letter, ' ', '~'));
                Assert.Equal(turn.Content.Trim(), turn.Content);
                Assert.DoesNotContain("  ", turn.Content, StringComparison.Ordinal);
                Assert.DoesNotContain('{', turn.Content);
            }
    }

    [Fact]
    public void People_ask_every_family_in_words_that_no_other_pool_has()
    {
        foreach (ITaskFamily family in TaskCatalogue.Asked.Concat(TaskCatalogue.HeldOut))
        {
            WrittenPhrasings written = WrittenPhrasings.Of(family.WrittenName);
            Random random = new(5);
            string testD = family.DrawPhrasing(random, PhrasingPool.UnseenWriter);
            Assert.Contains(testD, written.TestD);
            Assert.DoesNotContain(testD, written.Training);
            Assert.Contains(family.DrawPhrasing(random, PhrasingPool.Written), written.Training);
            Assert.Throws<ArgumentException>(() => family.Draw(random, 1, TaskSplit.LmTrain, PhrasingPool.UnseenWriter));
        }
    }

    [Fact]
    public void What_nobody_can_answer_is_in_no_list_of_facts()
    {
        Random random = new(6);
        HashSet<string> places = [.. Enumerable.Range(0, 5_000).Select(_ => Unlisted.Place(random))];
        Assert.Empty(places.Intersect(Countries.All.Select(country => country.Name)));
        Assert.Empty(Unlisted.Substances.Intersect(Elements.All.Select(pair => pair.Word)));
        Assert.Empty(Unlisted.Animals.Intersect(YoungAnimals.All.Select(pair => pair.Word)));
        Assert.Empty(Unlisted.Things.Intersect(Antonyms.All.Select(pair => pair.Word)));
        Assert.Empty(Unlisted.Languages.Intersect(Translations.All.Select(word => word.Language)));
    }

    [Fact]
    public void A_word_has_one_answer()
    {
        foreach (IReadOnlyList<WordPair> pairs in new[] { Antonyms.All, Elements.All, PastTenses.All, Plurals.All, YoungAnimals.All })
            Assert.Equal(pairs.Count, pairs.DistinctBy(pair => pair.Word).Count());
        Assert.Equal(Countries.All.Count, Countries.All.DistinctBy(country => country.Name).Count());
    }

    [Fact]
    public void A_level_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => TaskDraws.Family("add").Draw(new Random(1), level: 5, TaskSplit.LmTrain));

    [Fact]
    public void Training_cannot_ask_in_held_out_phrasings() =>
        Assert.Throws<ArgumentException>(
            () => TaskDraws.Family("add").Draw(new Random(1), level: 1, TaskSplit.LmTrain, PhrasingPool.UnseenCore));
}
