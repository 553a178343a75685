using CascadeLocal.Trainer.Publishing;
using CascadeLocal.Trainer.Tokenizer;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class TierFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TierFolder _tier;

    public TierFolderTests() => _tier = new(_folder.File("tier"));

    [Fact]
    public void A_member_is_not_overwritten_unless_forced()
    {
        Add("nano", "first", force: false);
        IOException error = Assert.Throws<IOException>(() => Add("nano", "second", force: false));
        Assert.Contains("--force", error.Message);
        Assert.Equal("first", File.ReadAllText(_tier.ModelPath("nano")));

        Add("nano", "second", force: true);
        Assert.Equal("second", File.ReadAllText(_tier.ModelPath("nano")));
    }

    [Fact]
    public void A_member_with_another_tokenizer_is_refused()
    {
        Add("nano", "first", force: false);
        Assert.Throws<FormatException>(() => Add("small", "second", force: false, new BytePairTokenizer([])));
        Assert.False(File.Exists(_tier.ModelPath("small")));
    }

    [Fact]
    public void The_card_lists_all_members_from_the_smallest_on_with_their_scores()
    {
        Add("small", "s", force: false, parameters: 20, right: 9);
        Add("nano", "n", force: false, parameters: 10, right: 5);
        string card = File.ReadAllText(_folder.File("tier/README.md"));
        Assert.Contains("| topic | family | level | questions | nano | small |", card);
        Assert.Contains("| tiny | spell | 1 | 10 | 50.0 % | 90.0 % |", card);
        Assert.Contains("| **mean over families** | | | | **50.0 %** | **90.0 %** |", card);
    }

    public void Dispose() => _folder.Dispose();

    private void Add(
        string member, string contents, bool force, BytePairTokenizer? tokenizer = null, int parameters = 1, int right = 1)
    {
        string file = _folder.File("new.gguf");
        File.WriteAllText(file, contents);
        MemberRecord record = new()
        {
            Member = member,
            Parameters = parameters,
            Width = 64,
            Layers = 1,
            FeedForward = 64,
            FileBytes = 1,
            Seed = 1,
            Commit = "abc",
            StartedFrom = null,
            Minutes = 1,
            Steps = 1,
            Tokens = 1,
            Scores = [new("tiny", "spell", 1, 10, right)],
        };
        _tier.Add(record, file, tokenizer ?? QuickRun.Tokenizer, force);
    }
}
