using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>What the published renderings do not reach: each text is what jinja2 3.1.6 gave in transformers' environment.</summary>
public sealed class BlindSpotTests
{
    [Theory]
    [InlineData("{{ none | default('d') }}", "None")]
    [InlineData("{{ none | default('d', true) }}", "d")]
    [InlineData("{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ x | default }}|{{ 0 | d('z', boolean=true) }}", "|d||z")]
    public void Default_replaces_none_only_when_told_to_go_by_truth(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ '\\U0001F600a' | length }}", "2")]
    [InlineData("{{ '\\U0001F600a'[1] }}{{ '\\U0001F600a'[:1] }}{{ 'x\\U0001F600a'[::-1] }}{{ '\\U0001F600'[-1] }}", "a😀a😀x😀")]
    [InlineData("{{ 'x\\U0001F600a'.find('a') }}{{ 'ab' < 'a\\U0001F600' }}{{ 'a\\uff01' < 'a\\U0001F600' }}", "2TrueTrue")]
    public void Strings_are_sequences_of_code_points(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ [1] | map('string') | length }}", "object of type 'generator' has no len()")]
    [InlineData("{{ [1] | select | tojson }}", "Object of type generator is not JSON serializable")]
    [InlineData("{{ x | tojson }}", "Object of type Undefined is not JSON serializable")]
    [InlineData("{{ none + 'x' }}", "unsupported operand type(s) for +: 'NoneType' and 'str'")]
    [InlineData("{{ 'x' + [] }}", "can only concatenate str (not \"list\") to str")]
    [InlineData("{{ x.a }}", "'x' is undefined")]
    [InlineData("{{ {}.a.b }}", "'dict object' has no attribute 'a'")]
    [InlineData("{{ [][0].b }}", "list object has no element 0")]
    [InlineData("{{ [].append(1) }}", "access to attribute 'append' of 'list' object is unsafe.")]
    [InlineData("{{ {}.update({}) }}", "access to attribute 'update' of 'dict' object is unsafe.")]
    [InlineData("{% for x in none %}{% endfor %}", "'NoneType' object is not iterable")]
    [InlineData("{{ [1, 'a'] | sort }}", "'<' not supported between instances of 'str' and 'int'")]
    [InlineData("{{ 1 is divisibleby 0 }}", "integer modulo by zero")]
    public void What_Python_refuses_fails_with_its_words(string template, string reason)
    {
        TemplateException failure = Rendered.Failure("\n" + template);
        Assert.Equal((TemplateErrorKind.Failed, reason, 2), (failure.Kind, failure.Reason, failure.Line));
    }

    [Theory]
    [InlineData("{{ {'b': 1, 'A': 2, 'a': 0} | dictsort }}", "[('A', 2), ('a', 0), ('b', 1)]")]
    [InlineData("{{ {'b': 1, 'A': 2} | dictsort(by='value', reverse=true) }}", "[('A', 2), ('b', 1)]")]
    [InlineData("{{ ['b', 'A', 'a'] | sort }}{{ ['b', 'A', 'a'] | sort(case_sensitive=true) }}", "['A', 'a', 'b']['A', 'a', 'b']")]
    [InlineData("{{ ['b', 'a', 'B'] | sort(reverse=true) }}", "['b', 'B', 'a']")]
    [InlineData("{{ ['b', 'A', 'a', 'B'] | unique | list }}{{ ['b', 'A', 'a'] | unique(true) | list }}", "['b', 'A']['b', 'A', 'a']")]
    [InlineData("{{ ['b', 'A'] | min }}{{ [] | max is defined }}", "AFalse")]
    public void Sorting_ignores_case_and_keeps_the_order_of_equals(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ x | items | list }}{{ x | list }}{{ x | length }}{{ x | first is defined }}", "[][]0False")]
    [InlineData("{{ x == none }}{{ x == y }}{{ 'x' in x }}{{ x in [1] }}{{ not x }}", "FalseTrueFalseFalseTrue")]
    [InlineData("{{ x ~ 'y' }}{{ x }}{{ [x] }}{{ x | string }}{{ x | join(',') }}", "y[Undefined]")]
    [InlineData("{{ none.a is defined }}{{ 'abc'.foo is defined }}{{ ''[0] is defined }}{{ [1][5] is defined }}", "FalseFalseFalseFalse")]
    public void Undefined_is_empty_and_equal_to_itself_alone(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ '12x' | int }} {{ ' 12.7 ' | int }} {{ '0x1A' | int(base=16) }} {{ none | int(5) }} {{ '1_0' | int }} {{ '٣' | int }}", "0 12 26 5 10 3")]
    [InlineData("{{ '1e3' | float }} {{ 'x' | float }} {{ true | int }} {{ 'inf' | int }}", "1000.0 0.0 1 0")]
    public void Nonsense_becomes_the_default_number(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ 'a' is sequence }}{{ {} is sequence }}{{ x is sequence }}{{ 1 is sequence }}{{ {}.items() is sequence }}", "TrueTrueTrueFalseFalse")]
    [InlineData("{{ 'a' is iterable }}{{ {} is iterable }}{{ x is iterable }}{{ none is iterable }}{{ [] | map('int') is iterable }}", "TrueTrueTrueFalseTrue")]
    [InlineData("{{ 1 is true }}{{ true is true }}{{ 0 is false }}{{ 1 == true }}", "FalseTrueFalseTrue")]
    [InlineData("{{ true is number }}{{ 1.0 is number }}{{ true is integer }}{{ '1' is number }}", "TrueTrueFalseFalse")]
    [InlineData("{{ none is defined }}{{ x is defined }}{{ not x is defined }}", "TrueFalseTrue")]
    public void Tests_tell_kinds_apart_as_Python_does(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ '\\u2028\\x7f\\x01' | tojson }}", "\"\u2028\u007f\\u0001\"")]
    [InlineData("{{ 'é\\U0001F600' | tojson(ensure_ascii=true) }}", "\"\\u00e9\\ud83d\\ude00\"")]
    [InlineData("{{ [1e16, -0.0, 1e-7, 1.0, 123456.789] | tojson }}", "[1e+16, -0.0, 1e-07, 1.0, 123456.789]")]
    [InlineData("{{ {'z': 1, 'a': {}, 'm': []} | tojson }}", "{\"z\": 1, \"a\": {}, \"m\": []}")]
    [InlineData("{{ {'b': [1, {'c': none}], 'a': true} | tojson(indent=2, sort_keys=true) }}",
        "{\n  \"a\": true,\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ]\n}")]
    [InlineData("{{ {1: 2, none: 3, true: 4.5} | tojson(separators=(',', ':')) }}", "{\"1\":4.5,\"null\":3}")]
    [InlineData("{{ '<a href=\"x\">\\'&' | tojson }}", "\"<a href=\\\"x\\\">'&\"")]
    public void Tojson_is_json_dumps(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ true }} {{ none }} {{ 1.0 }} {{ 1e-7 }} {{ 1e16 }} {{ 123456789012345680.0 }}", "True None 1.0 1e-07 1e+16 1.2345678901234568e+17")]
    [InlineData("{{ {'a': [true, \"it's\", 'é', \"q'\\\"\"], 1: (1,)} }}", "{'a': [True, \"it's\", 'é', 'q\\'\"'], 1: (1,)}")]
    [InlineData("{{ ['\\n\\t\\x00\\u200b\\u00a0\\U000e0001'] }}", "['\\n\\t\\x00\\u200b\\xa0\\U000e0001']")]
    [InlineData("{{ range(3) }}{{ {'a': 1}.items() }}{{ namespace(a=1) }}", "range(0, 3)dict_items([('a', 1)])<Namespace {'a': 1}>")]
    public void Values_print_as_in_Python(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("[{{ '\\x1c\\x85\\xa0\\u2028\\u3000a\\u200b ' | trim }}]", "[a\u200b]")]
    [InlineData("{{ '\\u00a0a \\x1fb'.split() }}{{ ' a  b '.split(' ') }}{{ 'xyaxy'.strip('xy') }}", "['a', 'b']['', 'a', '', 'b', '']a")]
    [InlineData("{{ 'ß' | upper }}{{ 'ΑΣ' | lower }}{{ 'ǆa' | title }}{{ 'ﬁN' | capitalize }}{{ 'İ' | lower | length }}", "SSαςǄaFin2")]
    public void Text_is_Unicode_as_Python_knows_it(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Theory]
    [InlineData("{{ '<b>' | safe + '<i>' }}{{ '<i>\\'\"&' + ('<b>' | safe) }}", "<b>&lt;i&gt;&lt;i&gt;&#39;&#34;&amp;<b>")]
    [InlineData("{{ ('<b>' | safe) ~ '<i>' }}{{ ['<i>', '<b>' | safe] | join }}", "<b><i><i><b>")]
    public void A_safe_string_escapes_what_is_added_to_it(string template, string text) => Assert.Equal(text, Rendered.Text(template));

    [Fact]
    public void The_day_is_written_as_C_writes_it() =>
        Assert.Equal("15 Jan 2026|January 15, 2026|2026-01-15|Thu Thursday 015 12 PM 5 % |15/1", Rendered.Text(
            "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%B %d, %Y') }}|{{ strftime_now('%Y-%m-%d') }}|"
            + "{{ strftime_now('%a %A %j %I %p') }} {{ strftime_now('%-d') [1] }} {{ strftime_now('%%') }} |{{ strftime_now('%-d/%-m') }}"));

    [Fact]
    public void Raise_exception_gives_its_message_word_for_word()
    {
        TemplateException failure = Rendered.Failure("a\n{% if true %}\n  {{ raise_exception('Roles: ' ~ [1]) }}{% endif %}");
        Assert.Equal((TemplateErrorKind.Raised, "Roles: [1]", 3), (failure.Kind, failure.Reason, failure.Line));
        Assert.Equal("line 3: Roles: [1]", failure.Message);
    }
}
