using CascadeLocal.Cascade.Requests;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Conversations;

public sealed class ConversationTableProperties
{
    private static readonly Gen<(int Key, bool Writes)[]> Uses = Gen.Select(Gen.Int[0, 9], Gen.Bool).Array[0, 80];

    [Fact]
    public void It_keeps_the_conversations_used_last_and_no_others() => Gen.Select(Uses, Gen.Int[1, 6]).Sample((uses, capacity) =>
    {
        ConversationTable table = new(capacity);
        List<(int Key, string Member)> model = [];  // the most recently used one is last
        for (int i = 0; i < uses.Length; i++)
        {
            (int key, bool writes) = uses[i];
            int known = model.FindIndex(entry => entry.Key == key);
            string? member = writes ? $"m{i}" : known < 0 ? null : model[known].Member;
            if (writes)
                table.Remember(new((UInt128)key), member!);
            else
                Assert.Equal(member, table.Find(new((UInt128)key)));
            if (member is null)
                continue;
            if (known >= 0)
                model.RemoveAt(known);
            model.Add((key, member));
            if (model.Count > capacity)
                model.RemoveAt(0);
            Assert.Equal(model.Count, table.Count);
        }
    });

    [Fact]
    public void A_follow_up_finds_the_answer_it_follows_and_nobody_elses() =>
        Gen.Select(Gen.String, Gen.String, Gen.String).Sample((question, answer, next) =>
        {
            ChatMessage[] asked = [new("user", question)];
            ChatMessage[] followUp = [.. asked, new("assistant", answer + "\n"), new("user", next)];

            Assert.Equal(ConversationKey.AfterAnswer("client", asked, answer), ConversationKey.BeforeLastQuestion("client", followUp));
            Assert.NotEqual(ConversationKey.AfterAnswer("other", asked, answer), ConversationKey.BeforeLastQuestion("client", followUp));
            Assert.Null(ConversationKey.BeforeLastQuestion("client", asked));
        });

    [Fact]
    public void Text_that_moves_between_turns_makes_another_conversation() => Assert.NotEqual(
        ConversationKey.AfterAnswer("", [new("user", "ab"), new("user", "c")], "d"),
        ConversationKey.AfterAnswer("", [new("user", "a"), new("user", "bc")], "d"));
}
