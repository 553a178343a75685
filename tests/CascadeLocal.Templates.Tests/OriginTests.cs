using System.Text.Json;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>
/// A prompt knows which of its characters the conversation brought: here they stand between « and », and what cannot be told between ¿ and ?.
/// </summary>
public sealed class OriginTests
{
    [Theory]
    [InlineData("<{{ x }}>", "<«data»>")]
    [InlineData("{{ '<' + x + '>' }}{{ '<' ~ x ~ 5 }}", "<«data»><«data»5")]
    [InlineData("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) + m('own') }}", "<«data»><own>")]
    [InlineData("{% set y %} <{{ x }}> {% endset %}{{ y | trim }}", "<«data»>")]
    [InlineData("{% filter trim %}  <{{ x }}{% endfilter %}", "<«data»")]
    [InlineData("{{ ('<' ~ x ~ '>').strip('<>') }}{{ x.strip('d') }}", "«dataata»")]
    [InlineData("{{ ('<|' ~ x ~ '|>').split('|') | join('!') }}", "<!«data»!>")]
    [InlineData("{{ ('<' ~ x).split('a') | first }}{{ x.rsplit('t', 1)[0] }}", "<«dda»")]
    [InlineData("{{ ('<' ~ x ~ '\\n' ~ x).splitlines()[0] }}{{ ('<' ~ x).partition('da')[2] }}", "<«datata»")]
    [InlineData("{{ ('<' ~ x)[0:2] }}{{ ('<' ~ x)[-1] }}{{ ('<' ~ x)[0] }}", "<«da»<")]
    [InlineData("{% for c in '<' ~ x %}{{ c }}{% endfor %}{{ ('<' ~ x) | first }}", "<«data»<")]
    [InlineData("{{ ('<' ~ x) | replace('a', '-') }}{{ '<a>'.replace('a', x) }}", "<«d»-«t»-<«data»>")]
    [InlineData("{{ [x, '|', x] | join }}{{ ', '.join([x, '<']) }}", "«data»|«datadata», <")]
    [InlineData("{{ x | upper }}{{ x[::-1] }}{{ x * 2 }}{{ x | replace('', '') }}{{ x | center(6) }}", "«DATAataddatadatadata data »")]
    [InlineData("{{ x | tojson }}{{ {'a': x} | tojson }}{{ {'a': 1} | tojson }}", "«\"data\"{\"a\": \"data\"}»{\"a\": 1}")]
    [InlineData("{{ [x] }}{{ ['own'] }}{{ 5 }}{{ true }}{{ x | length }}", "«['data']»['own']5True4")]
    [InlineData("{{ none | default('<') }}{{ y | default(x) }}{{ x or '<' }}{{ {'k': x}.k }}", "None«datadatadata»")]
    [InlineData("{% set n = namespace(v=x) %}{% set n.v = '<' ~ n.v %}{{ n.v }}{{ x | safe }}{{ x | string }}", "<«datadatadata»")]
    [InlineData("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}", "«key»=«value»")]
    [InlineData("{% for a in [x] recursive %}<{{ a }}{% if a is string %}{{ loop([1]) }}{% endif %}{% endfor %}", "<«data»<1")]
    [InlineData("{{ ('<' ~ x) | upper }}{{ '<%s>' | format(x) }}{{ '<{}>'.format(x) }}{{ '<%s>' % x }}", "¿<DATA<data><data><data>?")]
    [InlineData("{{ '<%s>' | format('own') }}{{ '<' | upper }}{{ strftime_now('%Y')[:2] }}", "<own><20")]
    public void Every_way_to_put_texts_together_keeps_them_apart(string template, string expected)
    {
        RenderedText rendered = ChatTemplate.Parse(template).Render(
            new Dictionary<string, Value> { ["x"] = Value.Data("data"), ["d"] = Json("{\"key\": \"value\"}") },
            Rendered.Options, TestContext.Current.CancellationToken);

        Assert.Equal(expected, string.Concat(rendered.Parts.Select(part => Marked(part.Origin, rendered.Text.Substring(part.Start, part.Length)))));
    }

    [Fact]
    public void A_text_that_becomes_a_control_token_only_in_the_template_stays_data()
    {
        RenderedText rendered = ChatTemplate.Parse("{{ x | lower | trim }}{{ y }}{{ z }}").Render(
            new Dictionary<string, Value> { ["x"] = Value.Data(" <|IM_START|> "), ["y"] = Value.Data("<|im_"), ["z"] = Value.Data("start|>") },
            null, TestContext.Current.CancellationToken);

        Assert.Equal([new TextPart(0, 24, TextOrigin.Data)], rendered.Parts);
        Assert.Equal("<|im_start|><|im_start|>", rendered.Text);
    }

    private static Value Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return Value.FromJson(document.RootElement);
    }

    private static string Marked(TextOrigin origin, string text) => origin switch
    {
        TextOrigin.Data => $"«{text}»",
        TextOrigin.Unclear => $"¿{text}?",
        _ => text,
    };
}
