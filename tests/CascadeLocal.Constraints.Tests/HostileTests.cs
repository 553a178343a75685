using System.Text;

using CascadeLocal.Constraints.Grammars;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>What is sent to do harm is refused, or costs no more than it may. Costs are counted in steps, not in time.</summary>
public sealed class HostileTests
{
    private static readonly ToyVocabulary Vocabulary = new(9);

    public static TheoryData<string, string> Grammars => new()
    {
        { "nested stars", "root ::= ((((\"a\"*)*)*)*)* \"b\"" },
        { "equal alternatives", "root ::= (\"a\"|\"a\"|\"a\")* \"b\"" },
        { "ambiguous sums", "root ::= \"a\" | \"a\" root | \"a\" root root" },
        { "ten thousand alternatives", "root ::= " + string.Join('|', Enumerable.Range(0, 10_000).Select(index => $"\"a{index}\"")) },
        { "ten thousand rules", "root ::= r0\n" + string.Concat(Enumerable.Range(0, 10_000).Select(index => $"r{index} ::= \"a\" r{index + 1}\n")) + "r10000 ::= \"b\"" },
        { "ten thousand calls", "root ::= r0\n" + string.Concat(Enumerable.Range(0, 10_000).Select(index => $"r{index} ::= r{index + 1} \"a\"\n")) + "r10000 ::= \"b\"" },
        { "a count of a count", "root ::= ((\"a\"{0,100}){0,100}){0,100}" },
        { "many counts", "root ::= (\"a\"|\"aa\"){0,10000}" },
        { "an exponential automaton", "root ::= [ab]* \"a\" [ab]{200}" },
        { "doubling rules", "root ::= r0\n" + string.Concat(Enumerable.Range(0, 60).Select(index => $"r{index} ::= r{index + 1} r{index + 1}\n")) + "r60 ::= \"a\"" },
        { "optional doubling rules", "root ::= r0 \"z\"\n" + string.Concat(Enumerable.Range(0, 60).Select(index => $"r{index} ::= r{index + 1}? r{index + 1}?\n")) + "r60 ::= \"a\"" },
        { "palindromes", "root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"\"" },
    };

    [Theory]
    [MemberData(nameof(Grammars))]
    public void A_grammar_is_refused_or_bounded(string name, string grammar)
    {
        ConstraintLimits limits = ConstraintLimits.Default with { RuntimeSteps = 2_000_000 };
        try
        {
            CompiledConstraint constraint = Compiled.Grammar(grammar, limits);
            Assert.InRange(constraint.CompileSteps, 1, limits.CompileSteps);
            Follow(constraint);
        }
        catch (ConstraintException refusal)
        {
            Assert.InRange(refusal.Message.Length, 10, 420);
        }
        catch (ConstraintBudgetException)
        {
            Assert.Contains(name, (string[])["many counts", "ambiguous sums", "optional doubling rules", "an exponential automaton", "palindromes"]);
        }
    }

    [Fact]
    public void A_schema_of_many_alternatives_at_once_is_refused()
    {
        string many = string.Join(',', Enumerable.Range(0, 12).Select(index => $"{{\"anyOf\":[{string.Join(',', Enumerable.Range(0, 12).Select(branch => $"{{\"minimum\":{index + branch}}}"))}]}}"));
        Refused($"{{\"allOf\":[{many}]}}");
    }

    [Fact]
    public void Schemas_whose_parts_are_compared_with_each_other_are_bounded()
    {
        string names = string.Join(',', Enumerable.Range(0, 20_000).Select(index => $"\"p{index}\":{{}}"));
        Refused($"{{\"properties\":{{{names}}}}}");
        Refused($"{{\"oneOf\":[{string.Join(',', Enumerable.Range(0, 5_000).Select(index => $"{{\"const\":{index}}}"))}]}}");
        string values = string.Join(',', Enumerable.Range(0, 18_000));
        Refused($"{{\"allOf\":[{{\"enum\":[{values}]}},{{\"enum\":[{values}]}}]}}");
        Refused($"{{\"type\":\"array\",\"prefixItems\":[{string.Join(',', Enumerable.Repeat("{}", 60_000))}]}}");
    }

    [Fact]
    public void A_schema_that_is_nested_too_deep_is_refused()
    {
        Refused(string.Concat(Enumerable.Repeat("{\"items\":", 300)) + "{}" + new string('}', 300));
        Refused(string.Concat(Enumerable.Repeat("{\"allOf\":[", 100)) + "{}" + string.Concat(Enumerable.Repeat("]}", 100)));
    }

    [Fact]
    public void Expressions_that_are_nested_too_deep_are_refused()
    {
        Assert.Throws<ConstraintException>(() => Compiled.Regex(new string('(', 10_000) + new string(')', 10_000)));
        Assert.Throws<ConstraintException>(() => Compiled.Grammar("root ::= " + new string('(', 10_000) + "\"a\"" + new string(')', 10_000)));
        GrammarExpression nested = GrammarExpression.Literal("a");
        for (int depth = 0; depth < 100_000; depth++)
            nested = GrammarExpression.Sequence(nested, GrammarExpression.Literal("b"));
        Assert.Throws<ConstraintException>(() => ConstraintCompiler.Compile(nested));
    }

    [Fact]
    public void Sources_that_are_too_long_are_refused()
    {
        string blanks = new(' ', 300_000);
        Assert.Throws<ConstraintException>(() => Compiled.Regex(blanks));
        Assert.Throws<ConstraintException>(() => Compiled.Grammar("root ::= \"a\"" + blanks));
        Refused("{}" + blanks);
    }

    [Fact]
    public void Patterns_that_are_too_large_together_are_refused()
    {
        Refused("""{"type":"string","pattern":"^(a{1,900}b?){1,900}$","maxLength":5000}""");
        Refused("""{"type":"string","pattern":"^[a-z]+$","maxLength":2000000000}""");
    }

    [Fact]
    public void Names_of_a_client_do_not_make_errors_long()
    {
        string name = new('n', 5_000);
        Assert.InRange(Refused($"{{\"{name}\":1}}").Message.Length, 10, 420);
        Assert.InRange(Refused($"{{\"properties\":{{\"{name}\":{{\"not\":{{}}}}}}}}").Message.Length, 10, 420);
        Assert.InRange(Assert.Throws<ConstraintException>(() => Compiled.Grammar($"root ::= {name}")).Message.Length, 10, 420);
    }

    [Fact]
    public void A_sequence_that_takes_too_much_work_ends_by_itself()
    {
        CompiledConstraint constraint = Compiled.Grammar("root ::= [ab]* \"a\" [ab]{30}", ConstraintLimits.Default with { RuntimeSteps = 20_000 });
        Random random = new(1);
        byte[] text = [.. Enumerable.Range(0, 5_000).Select(_ => (byte)random.Next('a', 'c'))];
        Assert.True(constraint.AcceptsPrefix(text.AsSpan(0, 50)));
        Assert.Throws<ConstraintBudgetException>(() => constraint.AcceptsPrefix(text));
    }

    [Fact]
    public void A_text_that_is_nested_too_deep_ends_by_itself()
    {
        CompiledConstraint constraint = Compiled.Grammar("root ::= \"(\" root \")\" | \"x\"", ConstraintLimits.Default with { StackDepth = 2_000 });
        Assert.True(constraint.AcceptsPrefix(new string('(', 1_500)));
        Assert.Throws<ConstraintBudgetException>(() => constraint.AcceptsPrefix(new string('(', 2_500)));
    }

    private static ConstraintException Refused(string schema) => Assert.Throws<ConstraintException>(() => Compiled.Schema(schema));

    private static void Follow(CompiledConstraint constraint)
    {
        ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
        Random random = new(1);
        StringBuilder taken = new();
        for (int length = 0; length < 400 && !matcher.HasEnded; length++)
        {
            List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
            Assert.NotEmpty(allowed);
            int token = allowed[random.Next(allowed.Count)];
            taken.Append(token).Append(' ');
            matcher.Accept(token);
        }

        Assert.True(taken.Length > 0);
    }
}
