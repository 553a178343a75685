using CascadeLocal.Templates.Runtime;

using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>Tags, scopes, loops and white space.</summary>
public sealed class StatementTests
{
    [Theory]
    [InlineData("{% if true %}\na\n{% endif %}\nb\n", "a\nb")]
    [InlineData("  {% if true %}\n  a\n  {% endif %}\n\n", "  a\n")]
    [InlineData("  {{ 1 }}\n {# c #}\n  b", "  1\n  b")]
    [InlineData("a  {%- if true -%}  \n b {%+ endif %} c", "ab  c")]
    [InlineData("a\n  {%+ if true +%}\nb{% endif %}", "a\n  \nb")]
    [InlineData("a \n{{- 'b' -}}\n c{#- x -#} d", "abcd")]
    [InlineData("{% raw %}{{ x }}{% y %}{% endraw %}\n!", "{{ x }}{% y %}!")]
    [InlineData("a\r\nb\rc\n\n", "a\nb\nc\n")]
    [InlineData("x {% if 1 %}y{% endif %}", "x y")]
    public void White_space_goes_where_the_tags_say(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{% for x in [1, 2, 3] %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }};{% endfor %}", "12TrueFalse;21FalseFalse;30FalseTrue;")]
    [InlineData("{% for x in 'abc' %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}|{% endfor %}", "<a>b|a<b>c|b<c>|")]
    [InlineData("{% for x in [1, 2, 3, 4] if x is even %}{{ loop.index }}{{ loop.previtem is defined }}{{ x }}{{ loop.length }} {% endfor %}", "1False22 2True42 ")]
    [InlineData("{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }}{% endfor %}", "TrueaFalsebTruea")]
    [InlineData("{% for x in [] %}{% else %}none{% endfor %}{% for x in [1] %}{% break %}{% else %}no{% endfor %}", "noneno")]
    [InlineData("{% for x in range(9) %}{% if x == 1 %}{% continue %}{% elif x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}", "02")]
    [InlineData("{% for x in [1, [2, [3]]] recursive %}{{ loop.depth }}{{ loop(x) if x is iterable else x }}{% endfor %}", "11122233")]
    [InlineData("{% set ns = namespace(on=true) %}{% for x in [1, 2, 3] if ns.on %}{{ x }}{% set ns.on = false %}{% endfor %}", "1")]
    [InlineData("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}{% for (a, b), c in [((1, 2), 3)] %}{{ a + b + c }}{% endfor %}", "a16")]
    public void Loops_know_where_they_are(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 5 %}{{ x }}{% endfor %}{{ x }}", "15151")]
    [InlineData("{% if true %}{% set x = 1 %}{% endif %}{{ x }}", "1")]
    [InlineData("{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3")]
    [InlineData("{% macro m() %}{{ y }}{{ i }}{% endmacro %}{% set y = 2 %}{% for i in [1] %}{{ m() }}{% endfor %}", "2")]
    [InlineData("{% for i in [1] %}{{ given }}{% endfor %}{% set given = 2 %}{{ given }}", "2")]
    [InlineData("{% if given %}{% set given = 2 %}{% endif %}{{ given }}", "2")]
    [InlineData("{% macro m() %}{{ given }}{% endmacro %}{{ m() }}", "1")]
    [InlineData("{% generation %}{% set z = 1 %}{{ z }}{% endgeneration %}{{ z }}", "1")]
    [InlineData("{% with a = 1, b = given %}{{ a }}{{ b }}{% endwith %}{{ a }}", "11")]
    public void Names_live_where_Jinja_says(string template, string text) => Assert.Equal(text, Rendered.Text(template, "{\"given\": 1}"));

    [Theory]
    [InlineData("{% macro m(a, b=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m() }}|{{ m(b=2, a=3) }}", "11||32")]
    [InlineData("{% macro m(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "(2,){'x': 3}")]
    [InlineData("{% macro m(t) %}<{{ t }}>{{ caller('c') }}</{{ t }}>{% endmacro %}{% call(x) m('b') %}{{ x }}!{% endcall %}", "<b>c!</b>")]
    [InlineData("{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210")]
    [InlineData("{{ m is defined }}{% macro m() %}{% endmacro %}{{ m.name }}{{ m() is string }}", "FalsemTrue")]
    public void Macros_bind_their_arguments(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{% set a, b = 1, [2] %}{{ a }}{{ b }}{% set c %}x{{ a }}{% endset %}{{ c }}{% set d | upper | trim %} y {% endset %}{{ d }}", "1[2]x1Y")]
    [InlineData("{% filter upper | replace('A', 'b') %}a{{ 'c' }}{% endfilter %}", "bC")]
    [InlineData("{% do [1] %}{% print 1, 2 %}{{ 1, 2 }}", "12(1, 2)")]
    [InlineData("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{% set j = joiner('-') %}{{ j() }}{{ j() }}", "aba-")]
    public void Other_tags_do_what_they_should(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{% include 'x' %}", "include")]
    [InlineData("{% if false %}{% import 'x' as y %}{% endif %}", "import")]
    [InlineData("{% extends 'x' %}", "extends")]
    [InlineData("{% block a %}{% endblock %}", "block")]
    [InlineData("\n{% nosuch %}", "Encountered unknown tag 'nosuch'.")]
    [InlineData("{{ 1 | nosuch }}", "No filter named 'nosuch'.")]
    [InlineData("{{ 1 is nosuch }}", "No test named 'nosuch'.")]
    [InlineData("{% if true %}", "Unexpected end of template")]
    [InlineData("{% break %}", "'break' outside loop")]
    [InlineData("{{ 'a }}", "unexpected char")]
    [InlineData("{{ (1] }}", "unexpected ']', expected ')'")]
    [InlineData("{# a", "Missing end of comment tag")]
    [InlineData("{{ 1 +", "unexpected end of template")]
    [InlineData("{% set true = 1 %}", "can't assign to 'true'")]
    public void What_is_no_template_is_found_when_it_is_parsed(string template, string reason)
    {
        TemplateException failure = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(template));
        Assert.Equal(TemplateErrorKind.Syntax, failure.Kind);
        Assert.Contains(reason, failure.Reason, StringComparison.Ordinal);
        Assert.InRange(failure.Line, 1, 2);
        Assert.InRange(failure.Column, 1, 20);
    }

    [Fact]
    public void An_unknown_filter_that_an_if_decides_about_fails_only_when_it_is_reached()
    {
        Assert.Equal("ok", Rendered.Text("{% if false %}{{ 1 | nosuch }}{% endif %}{{ 1 | nosuch if false else 'ok' }}"));
        Assert.Equal("No filter named 'nosuch'.", Rendered.Failure("{% if true %}{{ 1 | nosuch }}{% endif %}").Reason);
    }
}
