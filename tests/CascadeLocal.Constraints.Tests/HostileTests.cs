using System.Text;

using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Gbnf;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Contracts;

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
        Assert.Throws<ConstraintException>(() => ConstraintCompiler.Compile(nested, cancellationToken: TestContext.Current.CancellationToken));
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

    [Theory(Timeout = 120_000)]
    [InlineData("^((){2000000000}){2000000000}$", "", "a")]
    [InlineData("^((){2000000000,})*$", "", "a")]
    [InlineData("^((()()){0,2000000000}){2000000000}$", "", "a")]
    [InlineData("^(a(()|(){3}){0,2}){2}$", "aa", "a")]
    [InlineData("^(()*a){1,2}(()+|b){2,3}$", "ab", "b")]
    public Task What_takes_no_character_is_not_repeated(string pattern, string fits, string other) => InTimeAsync(() =>
    {
        CompiledConstraint constraint = Compiled.Schema($"{{\"type\":\"string\",\"pattern\":\"{pattern}\",\"maxLength\":3}}");
        Assert.True(constraint.Accepts($"\"{fits}\""));
        Assert.False(constraint.AcceptsPrefix($"\"{other}\""));
        Assert.InRange(constraint.CompileSteps, 1, 10_000);
    }, TestContext.Current.CancellationToken);

    [Theory(Timeout = 120_000)]
    [InlineData("(|a){2000000000}")]
    [InlineData("(((|a){9})?){0,2000000000}")]
    [InlineData("((()()()()()()()())a?){2000000000}")]
    [InlineData("((()*)*a*){2000000000}")]
    public Task What_may_take_no_character_is_paid_for_in_every_pass(string pattern) => InTimeAsync(() =>
    {
        Refused($"{{\"type\":\"string\",\"pattern\":\"{pattern}\",\"maxLength\":3}}");
        Refused($"{{\"type\":\"string\",\"pattern\":\"^{pattern}$\",\"format\":\"date\"}}");
    }, TestContext.Current.CancellationToken);

    [Fact]
    public void Passes_that_take_no_character_take_no_memory()
    {
        // Far fewer than a request may write, which are 8 GB where each is kept.
        long bytes = BytesOf(() => Compiled.Schema("""{"type":"string","pattern":"(){0,50000000}","minLength":1}"""));

        Assert.InRange(bytes, 1, 20_000_000);
    }

    [Theory]
    [InlineData(OutputConstraintKind.JsonSchema, """{"type":"string","pattern":"a"}""")]
    [InlineData(OutputConstraintKind.JsonObject, "")]
    [InlineData(OutputConstraintKind.Regex, "a")]
    [InlineData(OutputConstraintKind.Grammar, "root ::= \"a\"")]
    public void A_compilation_that_nobody_waits_for_ends(OutputConstraintKind kind, string source) => Assert.Throws<OperationCanceledException>(
        () => ConstraintCompiler.Compile(new OutputConstraint(kind, source), cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void Keywords_are_paid_for_wherever_they_are_referred_to()
    {
        string keywords = string.Join(',', Enumerable.Range(0, 10_000).Select(index => $"\"x-{index:0000}\":0"));
        string referring = string.Join(',', Enumerable.Range(0, 5_000).Select(index => $"\"p{index}\":{{\"$ref\":\"#/$defs/a\"}}"));
        string spelled = string.Join(',', Enumerable.Range(0, 2_000).Select(index => $"\"p{index}\":{{\"$ref\":\"#/{Spelled("$defs/abcdef", index)}\"}}"));
        Refused($"{{\"$defs\":{{\"a\":{{{keywords}}}}},\"properties\":{{{referring}}}}}");
        Refused($"{{\"$defs\":{{\"abcdef\":{{{keywords}}}}},\"properties\":{{{spelled}}}}}");
        Assert.True(Compiled.Schema($"{{\"$defs\":{{\"a\":{{\"type\":\"null\",{keywords}}}}},\"items\":{{\"$ref\":\"#/$defs/a\"}}}}").Accepts("[null]"));
    }

    [Fact]
    public void Lists_are_paid_for_wherever_they_are_referred_to()
    {
        string types = string.Join(',', Enumerable.Repeat("\"null\"", 12_000));
        string branches = string.Join(',', Enumerable.Range(0, 1_800).Select(index => $"{{\"$ref\":\"#/$defs/a\",\"title\":\"{index}\"}}"));
        Refused($"{{\"$defs\":{{\"a\":{{\"type\":[{types}]}}}},\"anyOf\":[{branches}]}}");
    }

    [Fact]
    public void What_is_built_of_a_source_again_and_again_takes_no_memory_before_it_is_paid_for()
    {
        string branches = string.Join(',', Enumerable.Range(0, 10).Select(index => $"{{\"title\":\"{index}\"}}"));
        string referring = string.Join(',', Enumerable.Range(0, 60).Select(index => $"\"p{index}\":{{\"$ref\":\"#/$defs/a\"}}"));
        string titles = string.Join(',', Enumerable.Range(0, 7_000).Select(_ => "{\"title\":\"\"}"));
        string[] schemas =
        [
            // A long name beside which others may stand, many alternatives each.
            $"{{\"properties\":{{\"{new string('n', 30_000)}\":{{}}}},\"additionalProperties\":true,\"anyOf\":[{branches}]}}",
            $"{{\"$defs\":{{\"a\":{{\"const\":\"{new string('n', 200_000)}\"}}}},\"properties\":{{{referring}}}}}",
            $"{{\"$defs\":{{\"a\":{{\"type\":\"string\",\"pattern\":\"{new string('.', 20_000)}\"}}}},\"properties\":{{{referring}}}}}",
            $"{{\"allOf\":[{titles}],\"anyOf\":[{string.Join(',', Enumerable.Repeat("{}", 12_000))}]}}",
        ];
        Assert.All(schemas, schema => Assert.InRange(BytesOf(() => Refused(schema)), 1, 800_000_000));
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

    [Fact]
    public void One_mask_takes_no_more_than_it_may()
    {
        // Long words, for many states, and a very long one, which tells counts apart that are far from their bounds.
        Random random = new(1);
        string[] words = [.. Enumerable.Range(0, 4_000).Select(_ => string.Concat(Enumerable.Range(0, 10).Select(_ => (char)random.Next('a', 'z' + 1)))), new('a', 200)];
        byte[][] pieces = [.. words.Select(Encoding.UTF8.GetBytes)];
        CompiledConstraint constraint = Compiled.Regex("[a-z]*[aeiou][a-z]{200}|[a-z]*[a-m][a-z]{200}|[a-z]*[bdfhkm][a-z]{200}");
        ConstraintMatcher matcher = new(constraint, new(pieces.Length, token => pieces[token], []));
        for (int length = 0; length < 18; length++)
            matcher.Accept(random.Next(4_000));

        ConstraintBudgetException refusal = Assert.Throws<ConstraintBudgetException>(() => matcher.AllowedTokens());

        Assert.Contains($"{constraint.Limits.MaskSteps} steps", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(constraint.Limits.MaskSteps, 1, constraint.Limits.RuntimeSteps / 20);
    }

    [Fact]
    public void Masks_of_schemas_and_grammars_take_a_twentieth_of_what_they_may()
    {
        ConstraintLimits limits = ConstraintLimits.Default with { MaskSteps = ConstraintLimits.Default.MaskSteps / 20 };
        CompiledConstraint[] constraints =
        [
            .. SchemaSamples.All.Select(schema => Compiled.Schema(schema, limits)),
            Compiled.Grammar("root ::= item (\", \" item){2,40}\nitem ::= [a-z]{1,30} | \"(\" item \")\" | [0-9]+", limits),
            Compiled.Regex("(\\w+\\s?){1,30}", limits), Compiled.Regex(".{0,3000}", limits), Compiled.Schema("""{"type":"string","minLength":500,"maxLength":2000}""", limits),
        ];
        foreach (CompiledConstraint constraint in constraints)
        {
            for (int seed = 0; seed < 3; seed++)
                Draw(constraint, new(seed), 100);
        }
    }

    [Fact]
    public void A_stack_is_paid_for_where_it_is_built_anew_and_what_ways_share_of_it_once()
    {
        // Many ways at once, each one deeper than the other: as many nodes as ways, and half a million were each to build its own.
        const int Depth = 1_000;
        CompileBudget budget = new(ConstraintLimits.Default);
        Automaton automaton = AutomatonBuilder.Build(
            GbnfParser.Parse("root ::= s | [0-9]{2,3}\ns ::= [a-z] s \"Y\" | [a-z] s | \"\\x01\"", budget), budget, _ => throw new NotSupportedException());
        StateTable table = new(automaton, ConstraintLimits.Default);
        ParserState state = table.Start;
        long steps = 0;
        for (int depth = 0; depth < Depth; depth++)
            state = table.Step(state, automaton.ClassOf['q'], ref steps);

        long alike = 0, elsewhere = 0;
        table.Like(state, 16, ref alike);
        new StateTable(automaton, ConstraintLimits.Default, generation: 1).Step(state, automaton.ClassOf['q'], ref elsewhere);
        steps = 0;
        table.Step(state, automaton.ClassOf['q'], ref steps);

        Assert.InRange(state.Items.Length, Depth, 4 * Depth);
        Assert.InRange(alike, state.Items.Length + Depth - 1, 10 * Depth);
        Assert.InRange(elsewhere, Depth - 1, 20 * Depth);
    }

    private static Task InTimeAsync(Action act, CancellationToken timeout) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(timeout);

    private static long BytesOf(Action act)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        act();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // A name in one of many ways in which a reference may write it.
    private static string Spelled(string name, int way) => string.Concat(
        name.Select((letter, index) => letter != '/' && (way >> index & 1) != 0 ? $"%{(int)letter:x2}" : letter.ToString()));

    private static void Draw(CompiledConstraint constraint, Random random, int tokens)
    {
        ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
        for (int length = 0; length < tokens && !matcher.HasEnded; length++)
        {
            List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
            matcher.Accept(allowed[random.Next(allowed.Count)]);
        }
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
