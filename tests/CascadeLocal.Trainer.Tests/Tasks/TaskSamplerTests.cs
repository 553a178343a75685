using CascadeLocal.Trainer.Tasks;

using CsCheck;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

public sealed class TaskSamplerTests
{
    [Fact]
    public void A_seed_decides_the_stream()
    {
        Assert.Equal(Texts(seed: 1), Texts(seed: 1));
        Assert.NotEqual(Texts(seed: 1), Texts(seed: 2));

        static List<string> Texts(int seed)
        {
            TaskSampler sampler = new(seed, TaskSplit.LmTrain, MemberProfile.Base);
            return
            [
                .. Enumerable.Range(0, 300).Select(_ => string.Join('|', sampler.Next().Turns)),
                .. Enumerable.Range(0, 50).Select(_ => string.Join('|', sampler.NextConversation(12))),
            ];
        }
    }

    [Fact]
    public void A_few_questions_have_a_system_prompt()
    {
        TaskSampler sampler = new(1, TaskSplit.LmTrain, MemberProfile.Even);
        int with = Enumerable.Range(0, 4_000).Count(_ => sampler.Next().Turns[0].Role == ChatTurn.SystemRole);
        Assert.InRange(with, 480, 720);
    }

    [Fact]
    public void The_large_members_meet_hard_families_more_often_than_the_smallest()
    {
        double nano = HardShare(MemberProfile.Nano);
        double small = HardShare(MemberProfile.Small);
        double large = HardShare(MemberProfile.Base);
        Assert.True(nano + 0.05 < small && nano + 0.05 < large, $"{nano} {small} {large}");

        static double HardShare(MemberProfile profile)
        {
            TaskSampler sampler = new(1, TaskSplit.LmTrain, profile);
            return Enumerable.Range(0, 5_000).Average(_ =>
                TaskDraws.Family(sampler.Next().Family).Difficulty == Difficulty.Hard ? 1.0 : 0.0);
        }
    }

    [Fact]
    public void Higher_levels_outweigh_lower_ones_for_the_largest_member()
    {
        TaskSampler sampler = new(1, TaskSplit.LmTrain, MemberProfile.Base, families: [TaskDraws.Family("add")]);
        int[] counts = new int[5];
        for (int i = 0; i < 8_000; i++)
            counts[sampler.Next().Level]++;
        // Weights 1, 1.3, 1.6, 1.9 of 5.8.
        Assert.InRange(counts[1], 1_270, 1_490);
        Assert.InRange(counts[4], 2_490, 2_750);
    }

    [Fact]
    public void Two_thirds_of_the_questions_are_asked_as_people_wrote_them_and_none_as_test_D_does()
    {
        ITaskFamily family = TaskDraws.Family("ability");
        WrittenPhrasings written = WrittenPhrasings.Of(family.WrittenName);
        TaskSampler sampler = new(1, TaskSplit.Fit, MemberProfile.Even, families: [family]);
        string[] asked = [.. Enumerable.Range(0, 2_000).Select(_ => sampler.Next().Turns[^2].Content)];
        Assert.InRange(asked.Count(written.Has), 1_200, 1_400);
        Assert.Empty(asked.Intersect(written.TestD));
    }

    [Fact]
    public void A_conversation_alternates_and_keeps_to_its_length() =>
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[2, 40]).Sample((seed, maxTurns) =>
        {
            IReadOnlyList<ChatTurn> turns =
                new TaskSampler(seed, TaskSplit.LmTrain, MemberProfile.Even).NextConversation(maxTurns);
            int system = turns[0].Role == ChatTurn.SystemRole ? 1 : 0;
            Assert.InRange(turns.Count, Math.Max(2, maxTurns / 2), maxTurns);
            Assert.Equal(0, (turns.Count - system) % 2);
            for (int i = system; i < turns.Count; i++)
                Assert.Equal((i - system) % 2 == 0 ? ChatTurn.UserRole : ChatTurn.AssistantRole, turns[i].Role);
        });

    [Fact]
    public void What_is_drilled_are_short_questions_of_every_such_family_and_of_no_other()
    {
        TaskSampler sampler = new(1, TaskSplit.LmTrain, MemberProfile.Base);
        TaskExample[] drilled = [.. Enumerable.Range(0, 500).Select(_ => sampler.NextDrilled())];
        Assert.Equal(TaskCatalogue.Asked.Where(family => family.IsDrilled).Select(family => family.Name).Order(),
            drilled.Select(example => example.Family).Distinct().Order());
        Assert.All(drilled, example => Assert.Equal([ChatTurn.UserRole, ChatTurn.AssistantRole], example.Turns.Select(turn => turn.Role)));
        Assert.All(drilled, example => Assert.InRange(example.Turns[1].Content.Length, 1, 40));
    }

    [Fact]
    public void Held_out_families_are_drawn_only_when_asked_for()
    {
        HashSet<string> heldOut = [.. TaskCatalogue.HeldOut.Select(family => family.Name)];
        TaskSampler trained = new(1, TaskSplit.LmTrain, MemberProfile.Even);
        Assert.DoesNotContain(Enumerable.Range(0, 5_000).Select(_ => trained.Next().Family), heldOut.Contains);
        TaskSampler asked = new(1, TaskSplit.Test, MemberProfile.Even, families: TaskCatalogue.HeldOut);
        Assert.All(Enumerable.Range(0, 100).Select(_ => asked.Next().Family), name => Assert.Contains(name, heldOut));
    }
}
