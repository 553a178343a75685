using System.Text;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>The sandbox: whatever a template does, it ends, with the line and the bound that it reached.</summary>
public sealed class BoundTests
{
    [Theory]
    [InlineData("{{ 'a' * 10 ** 9 }}")]
    [InlineData("{{ 'a' * 10 ** 40 }}")]
    [InlineData("{{ [0] * 10 ** 9 }}")]
    [InlineData("{{ range(10 ** 9) }}")]
    [InlineData("{{ 10 ** (10 ** 10) }}")]
    [InlineData("{{ 'a' | center(10 ** 10) }}")]
    [InlineData("{{ '%2000000000d' % 1 }}")]
    [InlineData("{{ '{:2000000000}'.format(1) }}")]
    [InlineData("{{ 'a' | indent(10 ** 12, true) }}")]
    [InlineData("{{ 'a'.ljust(10 ** 12) }}")]
    [InlineData("{{ '\\t'.expandtabs(10 ** 12) }}")]
    [InlineData("{{ ('a' * 10 ** 6).replace('', 'b' * 1000) }}")]
    [InlineData("{{ ([('a' * 10 ** 6)] * 100) | join }}")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{{ 'a' * 10000 }}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% set ns = namespace(s=1) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == ns.s }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(999) %}{% set ns.s = ns.s | map('string') %}{% endfor %}{{ ns.s | list }}")]
    [InlineData("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}")]
    [InlineData("{% set ns = namespace(n=2) %}{% for i in range(999) %}{% set ns.n = ns.n * ns.n %}{% endfor %}")]
    [InlineData("{{ [1] | batch(10 ** 12, 0) | list }}")]
    [InlineData("{{ [1] | slice(10 ** 12) | list }}")]
    [InlineData("{{ (['x'] * 999999) | tojson(indent='                                        ') }}")]
    public void A_template_that_wants_too_much_ends_with_the_line_and_the_reason(string template)
    {
        TemplateException failure = Rendered.Failure("\n\n" + template);
        Assert.Equal(TemplateErrorKind.Exceeded, failure.Kind);
        Assert.Equal(3, failure.Line);
        Assert.NotEmpty(failure.Reason);
    }

    [Fact]
    public void A_cancelled_rendering_ends()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        ChatTemplate template = ChatTemplate.Parse("{% for i in range(99999) %}{% for j in range(99) %}{% endfor %}{% endfor %}");
        TemplateException failure = Assert.Throws<TemplateException>(() => template.Render(new Dictionary<string, Value>(), null, cancelled.Token));
        Assert.Equal(TemplateErrorKind.Cancelled, failure.Kind);
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "1 + ", "1", "", " }}")]
    [InlineData("{{ x", "", "", ".y", " }}")]
    [InlineData("{{ x", "", "", "|trim", " }}")]
    [InlineData("{{ ", "1 if 1 else ", "1", "", " }}")]
    [InlineData("", "{% if 1 %}", "x", "{% endif %}", "")]
    [InlineData("", "{% for x in y %}", "x", "{% endfor %}", "")]
    [InlineData("{% set ", "(", "x", ")", " = 1 %}")]
    public void A_source_nested_without_end_is_refused_when_it_is_parsed(string start, string open, string core, string close, string end)
    {
        StringBuilder source = new(start);
        source.Insert(source.Length, open, 50_000).Append(core).Insert(source.Length, close, 50_000);
        TemplateException failure = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source.Append(end).ToString()));
        Assert.Equal(TemplateErrorKind.Syntax, failure.Kind);
    }

    [Fact]
    public void Many_branches_of_an_if_are_no_nesting() => Assert.Equal("y", Rendered.Text(
        "{% if 0 %}" + string.Concat(Enumerable.Repeat("{% elif 0 %}x", 5000)) + "{% else %}y{% endif %}"));

    [Fact]
    public void The_deepest_permitted_recursion_fits_a_small_stack()
    {
        string nested = string.Concat(Enumerable.Repeat("(", 60)) + "f(n - 1)" + string.Concat(Enumerable.Repeat(" ~ '')", 60));
        ChatTemplate template = ChatTemplate.Parse("{% macro f(n) %}{% if n %}{{ " + nested + " }}{% endif %}{% endmacro %}{{ f(9999) }}");
        CancellationToken token = TestContext.Current.CancellationToken;
        TemplateException? failure = null;
        Thread thread = new(
            () => failure = Assert.Throws<TemplateException>(() => template.Render(new Dictionary<string, Value>(), null, token)), 1 << 20);
        thread.Start();
        thread.Join();
        Assert.Equal(TemplateErrorKind.Exceeded, failure!.Kind);
    }

    [Theory]
    [InlineData("{{ ('a' * 3000000) | wordwrap(1) | length }}")]
    [InlineData("{{ ('a ' * 1000000) | wordwrap(1) | length }}")]
    [InlineData("{{ ('a ' * 1000000).rsplit() | length }}")]
    [InlineData("{% set n = namespace(n=3 ** 20000) %}{% for i in range(99999) %}{% set n.n = n.n * n.n % 7 ** 20000 + 3 ** 20000 %}{% endfor %}")]
    [InlineData("{% set s = '\U0001F600' * 100000 %}{% for i in range(99999) %}{{ s[i] }}{% endfor %}")]
    public void What_takes_the_square_of_its_input_elsewhere_ends_soon_here(string template)
    {
        try
        {
            ChatTemplate.Parse(template).Render(new Dictionary<string, Value>(), null, TestContext.Current.CancellationToken);
        }
        catch (TemplateException e)
        {
            Assert.Equal(TemplateErrorKind.Exceeded, e.Kind);
        }
    }

    [Fact]
    public void A_long_conversation_is_not_mistaken_for_an_attack()
    {
        Value message = Value.Dict([new("role", Value.Of("user")), new("content", Value.Of(new string('x', 4000)))]);
        ChatTemplate template = ChatTemplate.Parse(
            "{% for m in messages %}{% if messages | length > 1 and messages[1:] | selectattr('role', 'equalto', 'user') | list | length %}"
            + "{{ m.role + m['content'] | trim }}{% endif %}{{ messages[loop.index0 - 1].role }}{% endfor %}");
        string text = template.Render(
            new Dictionary<string, Value> { ["messages"] = Value.List(Enumerable.Repeat(message, 500)) }, null, TestContext.Current.CancellationToken).Text;
        Assert.Equal(500 * 4008, text.Length);
    }

    [Fact]
    public void A_text_of_very_many_origins_is_walked_through_in_linear_time()
    {
        Value[] letters = [.. Enumerable.Range(0, 100_000).Select(i => i % 2 == 0 ? Value.Data("a") : Value.Of("b"))];
        RenderedText rendered = ChatTemplate.Parse("{% for c in letters | join %}{{ c }}{% endfor %}").Render(
            new Dictionary<string, Value> { ["letters"] = Value.List(letters) }, null, TestContext.Current.CancellationToken);
        Assert.Equal(100_000, rendered.Parts.Count);
    }

    [Fact]
    public void The_output_may_be_bounded_more_tightly()
    {
        Assert.Equal("aaaaa", Rendered.Text("{{ 'a' * 5 }}", options: new() { MaxCharacters = 5 }));
        Assert.Equal(TemplateErrorKind.Exceeded, Rendered.Failure("aaa{{ 'a' * 3 }}", options: new() { MaxCharacters = 5 }).Kind);
    }
}
