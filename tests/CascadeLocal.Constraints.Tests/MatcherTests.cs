using System.Reflection;
using System.Text;

using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;

using CsCheck;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>How a sequence is followed over a vocabulary.</summary>
public sealed class MatcherTests
{
    private static readonly ToyVocabulary Vocabulary = new(5);

    private static readonly CompiledConstraint[] Constraints =
    [
        .. SchemaSamples.All.Where((_, index) => index % 4 == 0).Select(schema => Compiled.Schema(schema)),
        Compiled.Regex(@"(\w+\s?){1,30}"), Compiled.Regex(".{0,9}"), Compiled.Regex(@"[^x]*xyz+y"),
        Compiled.Grammar("root ::= \"(\" root? \")\" root? | [a-z日é]+"),
        ConstraintCompiler.Compile(GrammarExpression.Sequence(
            GrammarExpression.AnyTextUntil("<tool_call>"),
            GrammarExpression.Optional(GrammarExpression.Sequence(GrammarExpression.Literal("<tool_call>"), GrammarExpression.AnyJsonObject)))),
    ];

    [Fact]
    public void The_mask_holds_what_is_allowed_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Constraints.Length - 1], Gen.Int).Sample(
            (index, seed) =>
            {
                ConstraintMatcher matcher = new(Constraints[index], Vocabulary.Trie);
                Random random = new(seed);
                for (int length = 0; length < 12 && !matcher.HasEnded; length++)
                {
                    List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
                    Assert.Equal(Enumerable.Range(0, Vocabulary.Count).Where(matcher.Allows), allowed);
                    Assert.Equal(matcher.CanEnd, allowed.Contains(Vocabulary.End));
                    Assert.Equal(matcher.MustEnd, allowed is [var only] && only == Vocabulary.End);
                    matcher.Accept(allowed[random.Next(allowed.Count)]);
                }
            },
            iter: 300,
            threads: 1,
            seed: "0000KtZTCYk3");

    [Theory]
    [InlineData("[a-z]{60,130}")]
    [InlineData("(a{0,70}b?[c-z]{2,}){3,90}")]
    [InlineData("([a-z]{50}|[ay]{45,}){2,}")]
    [InlineData("((ab?|b){3}c?){40,80}")]
    public void Counts_are_kept_however_far_they_are_from_their_bounds(string regex)
    {
        CompiledConstraint constraint = Compiled.Regex(regex);
        for (int seed = 0; seed < 4; seed++)
        {
            ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
            Random random = new(seed);
            for (int length = 0; length < 150 && !matcher.HasEnded; length++)
            {
                List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
                Assert.Equal(Enumerable.Range(0, Vocabulary.Count).Where(matcher.Allows), allowed);
                matcher.Accept(allowed.Count > 1 ? allowed[random.Next(allowed.Count - 1)] : allowed[0]);
            }
        }
    }

    [Theory]
    [InlineData("[ -~]*")]
    [InlineData("[^<]*")]
    [InlineData("[^0-9]*")]
    [InlineData("[^\"\\\\]*")]
    [InlineData("[^\n]*x")]
    [InlineData("[^\u00e9]*")]
    [InlineData("(aé|[a-z])*")]
    [InlineData("[^ab]{0,5}")]
    public void Many_tokens_that_begin_alike_are_told_apart(string regex)
    {
        Random random = new(11);
        string[] parts = ["a", "b", "é", "日", "7", "<", "\"", "\\", "\n", " ", "{", "]", "x", "`"];
        byte[][] pieces = [.. Enumerable.Range(0, 3000).Select(index =>
        {
            string text = (index % 2 == 0 ? "a" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => parts[random.Next(index % 3 == 0 ? parts.Length : 5)]));
            byte[] piece = Encoding.UTF8.GetBytes(text);
            return random.Next(20) == 0 ? piece[..^1] : piece;
        })];
        ConstraintMatcher matcher = new(Compiled.Regex(regex), new(pieces.Length, token => pieces[token], []));
        for (int length = 0; length < 6; length++)
        {
            ulong[] mask = matcher.AllowedTokens().ToArray();
            int[] allowed = [.. Enumerable.Range(0, pieces.Length).Where(matcher.Allows)];
            Assert.Equal(allowed, Enumerable.Range(0, pieces.Length).Where(token => (mask[token >> 6] >> token & 1) != 0));
            if (allowed.Length == 0)
                break;
            matcher.Accept(allowed[random.Next(allowed.Length)]);
        }
    }

    [Fact]
    public void Nothing_is_allowed_after_the_end()
    {
        ConstraintMatcher matcher = new(Compiled.Regex("a*"), Vocabulary.Trie);
        Assert.True(matcher.CanEnd);
        Assert.False(matcher.MustEnd);
        matcher.Accept(Vocabulary.End);
        Assert.True(matcher.HasEnded);
        Assert.True(matcher.MustEnd);
        Assert.False(matcher.CanEnd);
        Assert.Empty(Vocabulary.In(matcher.AllowedTokens()));
        Assert.False(matcher.Allows(Vocabulary.Of("a")));
        Assert.False(matcher.Allows(Vocabulary.End));
    }

    [Fact]
    public void A_token_that_is_not_allowed_leaves_everything_as_it_is()
    {
        ConstraintMatcher matcher = new(Compiled.Regex("ab"), Vocabulary.Trie);
        matcher.Accept(Vocabulary.Of("a"));
        Assert.Throws<InvalidOperationException>(() => matcher.Accept(Vocabulary.Of("a")));
        Assert.Throws<InvalidOperationException>(() => matcher.Accept(Vocabulary.End));
        Assert.Throws<InvalidOperationException>(() => matcher.Accept(Vocabulary.Empty));
        Assert.Throws<InvalidOperationException>(() => matcher.Accept(-1));
        Assert.Throws<InvalidOperationException>(() => matcher.Accept(Vocabulary.Count));
        matcher.Accept(Vocabulary.Of("b"));
        Assert.True(matcher.MustEnd);
    }

    [Fact]
    public void An_end_token_has_no_text_and_a_token_without_text_is_never_allowed()
    {
        ConstraintMatcher matcher = new(Compiled.Regex(".*"), Vocabulary.Trie);
        foreach (byte value in "<|end|>"u8)
            matcher.Accept(Vocabulary.Of(value));
        Assert.True(matcher.Allows(Vocabulary.End));
        Assert.False(matcher.Allows(Vocabulary.Empty));
        Assert.DoesNotContain(Vocabulary.Empty, Vocabulary.In(matcher.AllowedTokens()));
        ConstraintMatcher unfinished = new(Compiled.Regex(".+x"), Vocabulary.Trie);
        Assert.False(unfinished.Allows(Vocabulary.End));
    }

    [Fact]
    public void Characters_may_be_cut_by_tokens_but_never_broken()
    {
        byte[] wide = Encoding.UTF8.GetBytes("日😀é");
        ConstraintMatcher matcher = new(Compiled.Regex("日😀é"), Vocabulary.Trie);
        foreach (byte[] piece in (byte[][])[wide[..2], wide[2..3], wide[3..5], wide[5..8], wide[8..]])
        {
            Assert.False(matcher.CanEnd);
            matcher.Accept(Vocabulary.Of(piece));
        }

        Assert.True(matcher.MustEnd);

        ConstraintMatcher any = new(Compiled.Schema("""{"type":"string"}"""), Vocabulary.Trie);
        any.Accept(Vocabulary.Of("\""));
        Assert.False(any.Allows(Vocabulary.Of(0xC0)));
        Assert.False(any.Allows(Vocabulary.Of(0xC0, 0x80)));
        Assert.False(any.Allows(Vocabulary.Of(0xED, 0xA0, 0x80)));
        Assert.False(any.Allows(Vocabulary.Of(0x80)));
        any.Accept(Vocabulary.Of(0xE3));
        Assert.False(any.Allows(Vocabulary.Of("\"")));
        Assert.True(any.Allows(Vocabulary.Of(0xA4, 0xC3)) is false);
        any.Accept(Vocabulary.Of(0xA4));
        any.Accept(Vocabulary.Of(0xA4));
        Assert.True(any.Allows(Vocabulary.Of("\"")));
    }

    [Fact]
    public void Equal_places_share_a_mask_and_take_no_memory()
    {
        CompiledConstraint constraint = Compiled.Schema("""{"type":"array","items":{"type":"boolean"}}""");
        void Once(ConstraintMatcher matcher)
        {
            foreach (string piece in (string[])["[", "true", ",", "false", ",", "true", "]"])
            {
                Assert.NotEqual(0, matcher.AllowedTokens().Length);
                matcher.Accept(Vocabulary.Of(piece));
            }
        }

        Once(new(constraint, Vocabulary.Trie));
        ConstraintMatcher one = new(constraint, Vocabulary.Trie), other = new(constraint, Vocabulary.Trie);
        Assert.True(one.AllowedTokens() == other.AllowedTokens());
        int[] pieces = [.. ((string[])["[", "true", ",", "false", "]"]).Select(Vocabulary.Of)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (int piece in pieces)
        {
            one.AllowedTokens();
            one.Accept(piece);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Threads_share_a_constraint()
    {
        CompiledConstraint constraint = Compiled.Schema(SchemaSamples.All[^1]);
        string[] answers = new string[64];
        Parallel.For(0, answers.Length, index =>
        {
            ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
            Random random = new(index % 4);
            StringBuilder taken = new();
            for (int length = 0; length < 60 && !matcher.HasEnded; length++)
            {
                List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
                int token = allowed[random.Next(allowed.Count)];
                taken.Append(token).Append(' ');
                matcher.Accept(token);
            }

            answers[index] = taken.ToString();
        });
        Assert.Equal(4, answers.Distinct().Count());
    }

    [Fact]
    public void Full_tables_are_given_up_without_a_change_of_what_is_allowed()
    {
        CompiledConstraint small = Compiled.Schema(SchemaSamples.All[^1], ConstraintLimits.Default with { TableBytes = 20_000, MaskBytes = 1 });
        CompiledConstraint large = Compiled.Schema(SchemaSamples.All[^1]);
        for (int seed = 0; seed < 10; seed++)
        {
            Random random = new(seed);
            ConstraintMatcher one = new(small, Vocabulary.Trie), other = new(large, Vocabulary.Trie);
            for (int length = 0; length < 60 && !one.HasEnded; length++)
            {
                List<int> allowed = Vocabulary.In(one.AllowedTokens());
                Assert.Equal(Vocabulary.In(other.AllowedTokens()), allowed);
                int token = allowed[random.Next(allowed.Count)];
                one.Accept(token);
                other.Accept(token);
            }
        }
    }

    [Fact]
    public void What_sequences_find_out_takes_no_more_memory_than_it_may()
    {
        ConstraintLimits limits = ConstraintLimits.Default with { TableBytes = 100_000, MaskBytes = 20_000 };
        CompiledConstraint constraint = Compiled.Regex("([ab]*a[ab]{9}c){1,50}", limits);
        long before = constraint.ApproximateBytes, most = before;
        for (int seed = 0; seed < 20; seed++)
        {
            ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
            Random random = new(seed);
            for (int length = 0; length < 200 && !matcher.HasEnded; length++)
            {
                List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
                matcher.Accept(allowed[random.Next(allowed.Count)]);
                most = Math.Max(most, constraint.ApproximateBytes);
            }
        }

        Assert.InRange(most, before + 20_000, before + 150_000);
    }

    [Fact]
    public void What_an_automaton_takes_is_counted_once()
    {
        CompileBudget budget = new(ConstraintLimits.Default);
        Automaton automaton = AutomatonBuilder.Build(GrammarExpression.AnyJsonObject, budget, _ => throw new NotSupportedException());
        long before = automaton.Bytes;
        Array.Fill(automaton.Targets, new int[1_000]);

        Assert.Equal(before, automaton.Bytes);
        Assert.InRange(before, automaton.Targets.Length * 16L, automaton.Targets.Length * 200L);
    }

    [Fact]
    public void A_trie_keeps_nothing_of_what_it_was_built_of() => Assert.All(
        typeof(TrieNodes).GetFields(BindingFlags.Instance | BindingFlags.NonPublic),
        field => Assert.True(field.FieldType.IsArray || field.FieldType == typeof(int), field.Name));

    [Fact]
    public void Text_before_a_marker_never_holds_it()
    {
        CompiledConstraint text = ConstraintCompiler.Compile(GrammarExpression.AnyTextUntil("aab"), cancellationToken: TestContext.Current.CancellationToken);
        foreach (string sample in (string[])["", "aa", "aaaa", "ab", "é\n\"aacaa"])
            Assert.True(text.Accepts(sample));
        foreach (string sample in (string[])["aab", "aaab", "xaaby"])
            Assert.False(text.AcceptsPrefix(sample));
    }

    [Fact]
    public void Text_before_one_of_several_markers_holds_none_of_them()
    {
        CompiledConstraint text = ConstraintCompiler.Compile(
            GrammarExpression.AnyTextUntil("<a>x", "<a>yz", "y🙂"), cancellationToken: TestContext.Current.CancellationToken);
        foreach (string sample in (string[])["", "<a>", "<a><a>y", "<a>y<a>z", "yz", "🙂y", "<a>yé🙂"])
            Assert.True(text.Accepts(sample));
        foreach (string sample in (string[])["<a>x", "<<a>yz", "<a>y<a>x", "<a>y🙂"])
            Assert.False(text.AcceptsPrefix(sample));
    }
}
