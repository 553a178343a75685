using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>Operators, items, methods and filters.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("{{ 'a' + 'b' | upper }}{{ 2 * 3 ~ 1 }}{{ 1 ~ 2 * 3 }}{{ -1 | abs }}{{ 2 ** 3 ** 2 }}{{ -2 ** 2 }}", "aB61161644")]
    [InlineData("{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}{{ 1 in [1] == true }}{{ not 1 == 2 }}{{ 1 and 0 or 'x' }}", "TrueFalseFalseTruex")]
    [InlineData("{{ 'x' if false }}{{ 1 if false else 2 if false else 3 }}", "3")]
    [InlineData("{{ -7 % 3 }} {{ 7 // -2 }} {{ 7 / 2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }} {{ 10 ** 20 }} {{ true + 1 }}", "2 -4 3.5 0.5 0.5 100000000000000000000 2")]
    [InlineData("{{ 0b101 + 0x1f + 0o17 + 1_000 }} {{ 1.5e3 }} {{ 'a' 'b' }} {{ '\\x41\\u0042\\101\\q' }}", "1051 1500.0 ab ABA\\q")]
    [InlineData("{{ [1, 2, 3][-1] }}{{ 'abc'[1:] }}{{ 'abc'[::-1] }}{{ [1, 2, 3, 4][-2:] }}{{ (1, 2, 3)[:-1] }}{{ range(9)[2:8:3] | list }}", "3bccba[3, 4](1, 2)[2, 5]")]
    [InlineData("{{ [1] + [2] }}{{ (1,) + (2,) }}{{ 'ab' * 2 }}{{ [0] * 2 }}{{ [1, 2] < [1, 3] }}{{ {1: 2} == {1.0: 2} }}", "[1, 2](1, 2)abab[0, 0]TrueTrue")]
    public void Operators_bind_and_work_as_in_Jinja(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ d.items() | list }}{{ d['items'] }}{{ d.get('x') }}{{ d.get('x', 1) }}{{ d.a }}{{ d.keys() | join }}", "[('items', 5), ('a', 1)]5None11itemsa")]
    [InlineData("{{ 'a-b-c'.split('-', 1) }}{{ 'a-b-c'.rsplit('-', 1) }}{{ 'ab'.startswith(('x', 'a')) }}{{ 'abc'.removeprefix('a') }}", "['a', 'b-c']['a-b', 'c']Truebc")]
    [InlineData("{{ '{} {x!r:>5} {0[a]}'.format(1, x='y') if false else '{0[a]} {x!r:>5} {0.a}'.format(d, x='y') }}", "1   'y' 1")]
    [InlineData("{{ '%s|%05.1f|%-4d|%x|%%' % ('a', 2.25, 7, 255) }}{{ '%(k)s' % {'k': 1} }}{{ '%s %s' | format(1, none) }}", "a|002.2|7   |ff|%11 None")]
    [InlineData("{{ 'a\\nb' | indent(2, first=true) }}{{ 'a b c d e f' | truncate(5, leeway=0) }}{{ 'hello wORLD-x' | title }}", "  a\n  ba...Hello World-X")]
    [InlineData("{{ 'a.b'.replace('.', '-') }}{{ 'x'.center(5, '*') }}{{ 'a'.join(['1', '2']) }}{{ 'abcabc'.count('bc') }}{{ 'ab'.index('b') }}", "a-b**x**1a221")]
    public void Methods_are_those_of_Python(string template, string text) =>
        Assert.Equal(text, Rendered.Text(template, "{\"d\": {\"items\": 5, \"a\": 1}}"));

    [Theory]
    [InlineData("{% for g, l in p | groupby('c') %}{{ g }}:{{ l | map(attribute='n') | join }};{% endfor %}", "A:13;b:2;")]
    [InlineData("{{ p | selectattr('c', 'equalto', 'b') | map(attribute='n') | list }}{{ p | rejectattr('z', 'defined') | list | length }}", "[2]3")]
    [InlineData("{{ p | map(attribute='z', default='-') | join }}{{ ['a', 'b'] | map('upper') | list }}{{ [1, 2, 3] | select('odd') | sum }}", "---['A', 'B']4")]
    [InlineData("{{ p | sum('n') }}{{ [3, 1] | sort }}{{ p | sort(attribute='c,n', reverse=true) | map(attribute='n') | join }}", "6[1, 3]231")]
    [InlineData("{{ [1, 2, 3] | batch(2, 0) | list }}{{ [1, 2, 3] | slice(2) | list }}{{ 'abc' | reverse }}{{ [1, 2] | last }}", "[[1, 2], [3, 0]][[1, 2], [3]]cba2")]
    [InlineData("{{ 2.5 | round }}{{ 1250 | round(-2) }}{{ 2.675 | round(2) }}{{ 1.2 | round(method='ceil') }}{{ 1536 | filesizeformat(true) }}", "2.012002.672.01.5 KiB")]
    public void Filters_work_on_lists_of_dicts_and_numbers(string template, string text) =>
        Assert.Equal(text, Rendered.Text(template, "{\"p\": [{\"c\": \"A\", \"n\": 1}, {\"c\": \"b\", \"n\": 2}, {\"c\": \"a\", \"n\": 3}]}"));

    [Theory]
    [InlineData("{% set ns = namespace(_x=1) %}")]
    [InlineData("{% set ns = namespace() %}{% set ns._x = 1 %}")]
    [InlineData("{% set d = {} %}{% set d.x = 1 %}")]
    [InlineData("{{ 'a'.__class__() }}")]
    [InlineData("{{ [] | random }}")]
    public void The_sandbox_refuses_what_is_not_a_templates_business(string template) =>
        Assert.Equal(TemplateErrorKind.Failed, Rendered.Failure(template).Kind);

    [Fact]
    public void A_generator_is_true_and_can_be_read_once() => Assert.Equal("T[1][]", Rendered.Text(
        "{% set g = [1] | select %}{% if [] | select %}T{% endif %}{{ g | list }}{{ g | list }}"));
}
