using CascadeLocal.Constraints.Grammars;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>Which texts follow a grammar in llama.cpp's notation.</summary>
public sealed class GbnfTests
{
    private const string Arithmetic = """
        # sums of products
        root  ::= term ([-+] term)*   # left to right
        term  ::= factor ("*" factor)*
        factor ::= [0-9]+ | "(" root ")"
        """;

    private const string Chess = """
        root ::= ("1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n"){0,3})
        move ::= (pawn | piece | castle) [+#]?
        pawn ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
        piece ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
        castle ::= "O-O" "-O"?
        """;

    private const string Listing = """
        root ::=
          "{" ws (
            pair ("," ws pair)*   # pairs
          )? "}"
        pair ::= name ":" ws name
        name ::= "\"" ([^"\\\x7F\x00-\x1F]
          | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4})
          )* "\""
        ws ::= " "?
          | "\n"
        """;

    [Theory]
    [InlineData(Listing, "{}", true)]
    [InlineData(Listing, "{\"a\": \"b\",\n\"c\\n\":\"\\u00e9\"}", true)]
    [InlineData(Listing, "{\"a\":\"\u0001\"}", false)]
    [InlineData(Arithmetic, "1", true)]
    [InlineData(Arithmetic, "1+2*(30-4)", true)]
    [InlineData(Arithmetic, "((((((1))))))", true)]
    [InlineData(Arithmetic, "(1", false)]
    [InlineData(Arithmetic, "1)", false)]
    [InlineData(Arithmetic, "", false)]
    [InlineData(Chess, "1. e4 e5\n2. Nf3 Nc6\n", true)]
    [InlineData(Chess, "1. e4 O-O-O+\n", true)]
    [InlineData(Chess, "1. e9 e5\n", false)]
    [InlineData("root ::= \"a\" | \"b\"", "a", true)]
    [InlineData("root ::= \"a\" | \"b\"", "ab", false)]
    [InlineData("root ::= \"a\" |\n  \"b\"\n", "b", true)]
    [InlineData("root ::= (\n \"a\"\n \"b\"\n)", "ab", true)]
    [InlineData("root ::= x{2,3}\nx ::= \"a\"", "aa", true)]
    [InlineData("root ::= x{2,3}\nx ::= \"a\"", "aaaa", false)]
    [InlineData("root ::= x{2,}\nx ::= \"a\"", "aaaaaa", true)]
    [InlineData("root ::= x{2,}\nx ::= \"a\"", "a", false)]
    [InlineData("root ::= x{3}\nx ::= [ab]", "aba", true)]
    [InlineData("root ::= x{3}\nx ::= [ab]", "ab", false)]
    [InlineData("root ::= [^\"\\n]+", "é日", true)]
    [InlineData("root ::= [^\"\\n]+", "a\n", false)]
    [InlineData("root ::= [a-zà-ÿ]*", "caféteria", true)]
    [InlineData("root ::= .", "😀", true)]
    [InlineData("root ::= .", "ab", false)]
    [InlineData("root ::= \"\\x41\\u00e9\\U0001F600\\\\\\\"\"", "Aé😀\\\"", true)]
    [InlineData("root ::= [\\]\\-a]+", "]-a", true)]
    [InlineData("root ::= \"\"", "", true)]
    [InlineData("root ::= \"a\"?", "", true)]
    [InlineData("root ::= (\"a\"*)*", "aaa", true)]
    [InlineData("root ::= (\"a\"?){3}", "aa", true)]
    [InlineData("root ::= (\"a\"?){3}", "aaaa", false)]
    [InlineData("root ::= \"a\" root \"b\" | \"\"", "aaabbb", true)]
    [InlineData("root ::= \"a\" root \"b\" | \"\"", "aaabb", false)]
    [InlineData("root ::= \"a\" root | \"b\"", "aaab", true)]
    [InlineData("root ::= \"x\" | dead\ndead ::= \"y\" dead", "x", true)]
    [InlineData("root ::= \"x\" | dead\ndead ::= \"y\" dead", "y", false)]
    public void A_text_follows_a_grammar_or_does_not(string grammar, string text, bool follows) =>
        Assert.Equal(follows, Compiled.Grammar(grammar).Accepts(text));

    [Theory]
    [InlineData("root ::= \"a\"{99999999999}", "repetition")]
    [InlineData("root ::= <think>", "token")]
    [InlineData("root ::= root \"a\" | \"b\"", "'root' is left-recursive")]
    [InlineData("root ::= a\na ::= b\nb ::= \"x\"? a \"y\" | \"z\"", "left-recursive")]
    [InlineData("root ::= e root \"x\" | \"y\"\ne ::= \"a\"?", "left-recursive")]
    [InlineData("root ::= (a)*\na ::= root \"x\"", "left-recursive")]
    [InlineData("root ::= (\"a\"?){1000}", "may be empty")]
    public void What_is_not_served_is_refused_by_name(string grammar, string reason) => AssertRefused(grammar, reason, isInvalid: false);

    [Theory]
    [InlineData("", "no rule named 'root'")]
    [InlineData("start ::= \"a\"", "no rule named 'root'")]
    [InlineData("root ::= missing", "'missing'")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "'root' twice")]
    [InlineData("root = \"a\"", "::=")]
    [InlineData("root ::= \"a", "not closed at line 1, column 10")]
    [InlineData("root ::= [a", "not closed")]
    [InlineData("root ::= (\"a\"", "not closed")]
    [InlineData("root ::= \"a\")", "no part of a rule")]
    [InlineData("root ::= \"a\"{2", "repetition")]
    [InlineData("root ::= \"a\"{3,2}", "repetition")]
    [InlineData("root ::= \"\\q\"", "escape")]
    [InlineData("root ::= \"\\ud800\"", "no character")]
    [InlineData("root ::= [z-a]", "swapped")]
    [InlineData("root ::= \"a\" root", "'root' cannot produce")]
    [InlineData("root ::= []", "cannot produce")]
    public void What_is_wrong_in_itself_is_refused_by_name_as_invalid(string grammar, string reason) => AssertRefused(grammar, reason, isInvalid: true);

    [Fact]
    public void A_prefix_is_what_can_be_gone_on_with()
    {
        CompiledConstraint grammar = Compiled.Grammar("root ::= \"aé\" [0-9]");
        Assert.True(grammar.AcceptsPrefix(""));
        Assert.True(grammar.AcceptsPrefix([(byte)'a', 0xC3]));
        Assert.False(grammar.Accepts([(byte)'a', 0xC3]));
        Assert.False(grammar.AcceptsPrefix([(byte)'a', 0xC3, 0xC3]));
        Assert.False(grammar.AcceptsPrefix("aé12"));
    }

    [Fact]
    public void Counts_take_no_states()
    {
        CompiledConstraint grammar = Compiled.Grammar("root ::= \"a\"{3,100000}");
        Assert.True(grammar.StateCount < 20);
        Assert.True(grammar.Accepts(new string('a', 1000)));
        Assert.False(grammar.Accepts("aa"));
    }

    private static void AssertRefused(string grammar, string reason, bool isInvalid)
    {
        ConstraintException refusal = Assert.Throws<ConstraintException>(() => Compiled.Grammar(grammar));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isInvalid, refusal.IsInvalid);
    }
}
