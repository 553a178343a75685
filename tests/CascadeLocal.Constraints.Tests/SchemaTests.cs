using CascadeLocal.Constraints.Grammars;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>Which texts a schema takes, keyword by keyword, and which keywords are refused.</summary>
public sealed class SchemaTests
{
    private const string Person =
        """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array"}},"required":["name"],"additionalProperties":false}""";

    private const string Open =
        """{"type":"object","properties":{"ab":{"type":"null"},"abc":{"type":"null"}},"additionalProperties":{"type":"integer"}}""";

    private const string Tree =
        """{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"c":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["v"]}}}""";

    [Theory]
    [InlineData("true", "{\"a\": [1, null]}", true)]
    [InlineData("{}", "-1.5e10", true)]
    [InlineData("{}", "01", false)]
    [InlineData("{}", "{\"a\":1,}", false)]
    [InlineData("{}", "[1,  2]", false)]
    [InlineData("{}", "\"\\ud83d\\ude00\"", true)]
    [InlineData("{}", "\"\\ud83d\"", false)]
    [InlineData("{}", "\"\\ude00\"", false)]
    [InlineData("{}", "\"a\nb\"", false)]
    [InlineData("""{"type":"boolean"}""", "true", true)]
    [InlineData("""{"type":"boolean"}""", "null", false)]
    [InlineData("""{"type":["boolean","null"]}""", "null", true)]
    [InlineData("""{"type":"integer"}""", "-12", true)]
    [InlineData("""{"type":"integer"}""", "1.5", false)]
    [InlineData("""{"type":"integer"}""", "-0", false)]
    [InlineData("""{"type":"integer"}""", "12345678901234567", false)]
    [InlineData("""{"type":"integer","multipleOf":1}""", "7", true)]
    [InlineData("""{"type":"number","multipleOf":1.0}""", "7.5", false)]
    [InlineData("""{"type":"number"}""", "2.5E-3", true)]
    [InlineData("""{"type":"integer","minimum":-3,"exclusiveMaximum":12}""", "-3", true)]
    [InlineData("""{"type":"integer","minimum":-3,"exclusiveMaximum":12}""", "11", true)]
    [InlineData("""{"type":"integer","minimum":-3,"exclusiveMaximum":12}""", "12", false)]
    [InlineData("""{"type":"integer","minimum":-3,"exclusiveMaximum":12}""", "-4", false)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "0.25", true)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "1.000", true)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "1.01", false)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "-0.1", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"exclusiveMaximum":0.5}""", "-0.49", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"exclusiveMaximum":0.5}""", "0.5", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"exclusiveMaximum":0.5}""", "0.50", false)]
    [InlineData("""{"enum":["a","b\n",1,null,{"x":[1,2]}]}""", "\"b\\n\"", true)]
    [InlineData("""{"enum":["a","b\n",1,null,{"x":[1,2]}]}""", "{\"x\":[1,2]}", true)]
    [InlineData("""{"enum":["a","b\n",1,null,{"x":[1,2]}]}""", "\"c\"", false)]
    [InlineData("""{"type":"string","enum":["a",1]}""", "1", false)]
    [InlineData("""{"enum":["a","b"],"const":"b"}""", "\"a\"", false)]
    [InlineData("""{"const":{"a":true}}""", "{\"a\":true}", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"a\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"日本語\"", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"abcd\"", false)]
    [InlineData("""{"type":"string","maxLength":1}""", "\"\\ud83d\\ude00\"", true)]
    [InlineData("""{"type":"string","maxLength":1}""", "\"\\n\"", true)]
    [InlineData("""{"type":"string","maxLength":0}""", "\"\"", true)]
    [InlineData("""{"type":"string","pattern":"^[a-z]+$"}""", "\"abc\"", true)]
    [InlineData("""{"type":"string","pattern":"^[a-z]+$"}""", "\"abC\"", false)]
    [InlineData("""{"type":"string","pattern":"b+"}""", "\"abc\"", true)]
    [InlineData("""{"type":"string","pattern":"b+"}""", "\"ac\"", false)]
    [InlineData("""{"type":"string","pattern":"^\"\\\\$"}""", "\"\\\"\\\\\"", true)]
    [InlineData("""{"type":"string","pattern":"^a|b$"}""", "\"xb\"", true)]
    [InlineData("""{"type":"string","pattern":"^(a|b)$"}""", "\"xb\"", false)]
    [InlineData("""{"type":"string","pattern":"^(^a|b$)"}""", "\"ax\"", true)]
    [InlineData("""{"type":"string","pattern":"^\\d+$","maxLength":2}""", "\"123\"", false)]
    [InlineData("""{"allOf":[{"type":"string","pattern":"^a"},{"pattern":"z$"}]}""", "\"abz\"", true)]
    [InlineData("""{"allOf":[{"type":"string","pattern":"^a"},{"pattern":"z$"}]}""", "\"ab\"", false)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-02-28\"", true)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-02-30\"", false)]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2026-11-29T23:59:59.5+01:00\"", true)]
    [InlineData("""{"type":"string","format":"time"}""", "\"24:00:00Z\"", false)]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"123e4567-e89b-12d3-a456-426614174000\"", true)]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"255.0.10.1\"", true)]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"256.0.10.1\"", false)]
    [InlineData("""{"type":"string","format":"ipv6"}""", "\"1:2:3:4:5:6:7:8f\"", true)]
    [InlineData("""{"type":"string","format":"email"}""", "\"a.b@c.org\"", true)]
    [InlineData("""{"type":"string","format":"hostname"}""", "\"-a.b\"", false)]
    [InlineData("""{"type":"string","format":"duration"}""", "\"P3DT4H\"", true)]
    [InlineData("""{"type":"string","format":"uri"}""", "\"https://a.b/c\"", true)]
    [InlineData(Person, """{"name":"a"}""", true)]
    [InlineData(Person, """{"name": "a", "tags": []}""", true)]
    [InlineData(Person, """{"name":"a","age":1,"tags":[1]}""", true)]
    [InlineData(Person, """{"age":1}""", false)]
    [InlineData(Person, """{"name":"a",}""", false)]
    [InlineData(Person, """{"name":"a","name":"b"}""", false)]
    [InlineData(Person, """{"name":"a","other":1}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}}}""", """{"b":1}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}}}""", """{"a":1,"c":1}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}}}""", """{"c":1,"a":1}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}}}""", """{,"a":1}""", false)]
    [InlineData("""{"type":"object","required":["k"]}""", """{"k":[]}""", true)]
    [InlineData("""{"type":"object","required":["k"]}""", """{}""", false)]
    [InlineData("""{"type":"object","required":["k"]}""", """{"k":[],"l":0}""", true)]
    [InlineData("""{"type":"object"}""", """{"k":{"l":[]}}""", true)]
    [InlineData("""{"type":"object","additionalProperties":false}""", """{}""", true)]
    [InlineData("""{"type":"object","additionalProperties":false}""", """{"a":1}""", false)]
    [InlineData(Open, """{"ab":null,"a":1,"abcd":2,"b":3,"":4}""", true)]
    [InlineData(Open, """{"a":1,"ab":null}""", false)]
    [InlineData(Open, """{"ab":1}""", false)]
    [InlineData(Open, """{"x":null}""", false)]
    [InlineData(Open, """{"\u0061b":1}""", false)]
    [InlineData("""{"type":"array"}""", "[]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1, 2, 3]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[]", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1,2,3,4]", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[true]", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"null"}],"items":{"type":"boolean"}}""", "[1,null,true]", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"null"}],"items":false}""", "[1,null]", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"null"}],"items":false}""", "[1,null,1]", false)]
    [InlineData("""{"type":"array","maxItems":0}""", "[]", true)]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]}""", "\"a\"", true)]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]}""", "\"ab\"", false)]
    [InlineData("""{"type":"integer","anyOf":[{"minimum":5},{"maximum":-5}]}""", "0", false)]
    [InlineData("""{"type":"integer","anyOf":[{"minimum":5},{"maximum":-5}]}""", "-5", true)]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"string"}]}""", "3", true)]
    [InlineData("""{"oneOf":[{"type":"integer","maximum":3},{"type":"integer","exclusiveMinimum":3}]}""", "4", true)]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"null"}},"required":["b"]}]}""", """{"a":1,"b":null}""", true)]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"null"}},"required":["b"]}]}""", """{"a":1}""", false)]
    [InlineData("""{"allOf":[{"properties":{"a":{"minimum":2}}},{"properties":{"a":{"type":"integer","maximum":4}},"required":["a"]}]}""", """{"a":5}""", false)]
    [InlineData(Tree, """{"v":1,"c":[{"v":2},{"v":3,"c":[]}]}""", true)]
    [InlineData(Tree, """{"v":1,"c":[{"c":[]}]}""", false)]
    [InlineData("""{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["next"]}""", """{"next":{"next":null}}""", true)]
    [InlineData("""{"definitions":{"a/b":{"type":"null"}},"$ref":"#/definitions/a~1b"}""", "null", true)]
    [InlineData("""{"title":"t","description":"d","default":1,"examples":[1],"$schema":"s","$id":"i","deprecated":true,"x-y":1,"type":"null"}""", "null", true)]
    [InlineData("""{"type":"string","format":"password"}""", "\"a\"", true)]
    [InlineData("""{"type":"integer","format":"int32"}""", "3", true)]
    [InlineData("""{"format":"int32"}""", "3", true)]
    [InlineData("""{"type":"integer","enum":[1,2,3],"minimum":2,"exclusiveMaximum":3}""", "2", true)]
    [InlineData("""{"type":"integer","enum":[1,2,3],"minimum":2,"exclusiveMaximum":3}""", "1", false)]
    [InlineData("""{"type":"integer","enum":[1,2,3],"minimum":2,"exclusiveMaximum":3}""", "3", false)]
    [InlineData("""{"type":"string","enum":["ab","é","😀😀"],"minLength":2,"maxLength":2}""", "\"😀😀\"", true)]
    [InlineData("""{"type":"string","enum":["ab","é","😀😀"],"minLength":2,"maxLength":2}""", "\"é\"", false)]
    [InlineData("""{"const":"ftp://a","format":"uri"}""", "\"ftp://a\"", true)]
    [InlineData("""{"enum":["a",{"b":1}],"minLength":1}""", "{\"b\":1}", true)]
    [InlineData("""{"type":"string","nullable":true}""", "null", true)]
    [InlineData("""{"type":"string","nullable":false}""", "null", false)]
    [InlineData("""{"type":"object","propertyNames":{}}""", """{"a":1}""", true)]
    [InlineData("""{"type":"object","propertyNames":false}""", "{}", true)]
    [InlineData("""{"type":"object","propertyNames":false}""", """{"a":1}""", false)]
    [InlineData("""{"type":"object","propertyNames":{"maxLength":1},"additionalProperties":{"type":"integer"}}""", """{"a":1,"b":2}""", true)]
    [InlineData("""{"type":"object","propertyNames":{"maxLength":1},"additionalProperties":{"type":"integer"}}""", """{"ab":1}""", false)]
    [InlineData("""{"type":"object","propertyNames":{"anyOf":[{"const":"a"},{"const":"b"}]}}""", """{"b":1}""", true)]
    [InlineData("""{"type":"object","propertyNames":{"anyOf":[{"const":"a"},{"const":"b"}]}}""", """{"c":1}""", false)]
    [InlineData("""{"type":"object","propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"},"required":["b"]}""", """{"b":1,"a":2}""", true)]
    [InlineData("""{"type":"object","propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"},"required":["b"]}""", """{"b":1,"c":2}""", false)]
    [InlineData("""{"type":"object","propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"},"required":["b"]}""", """{"a":2}""", false)]
    [InlineData("""{"type":"object","propertyNames":{"type":"string"},"properties":{"a":{"type":"null"}},"additionalProperties":{"type":"integer"}}""", """{"a":null,"b":2}""", true)]
    public void A_text_is_taken_or_not(string schema, string text, bool taken) => Assert.Equal(taken, Compiled.Schema(schema).Accepts(text));

    [Theory]
    [InlineData("""{"not":{}}""", "'not'")]
    [InlineData("""{"if":{}}""", "'if'")]
    [InlineData("""{"dependentRequired":{}}""", "'dependentRequired'")]
    [InlineData("""{"dependentSchemas":{}}""", "'dependentSchemas'")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "'uniqueItems'")]
    [InlineData("""{"type":"array","contains":{}}""", "'contains'")]
    [InlineData("""{"type":"object","properties":{"a":{}},"propertyNames":{"minLength":2}}""", "'propertyNames'")]
    [InlineData("""{"nullable":true,"anyOf":[{"type":"string"}]}""", "'nullable'")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "'patternProperties'")]
    [InlineData("""{"type":"object","unevaluatedProperties":false}""", "'unevaluatedProperties'")]
    [InlineData("""{"type":"array","unevaluatedItems":false}""", "'unevaluatedItems'")]
    [InlineData("""{"type":"object","minProperties":1}""", "'minProperties'")]
    [InlineData("""{"type":"object","maxProperties":1}""", "'maxProperties'")]
    [InlineData("""{"type":"array","additionalItems":false}""", "'additionalItems'")]
    [InlineData("""{"$dynamicRef":"#a"}""", "'$dynamicRef'")]
    [InlineData("""{"$ref":"https://a.b/c"}""", "'$ref'")]
    [InlineData("""{"type":"array","items":[{}]}""", "'items'")]
    [InlineData("""{"type":"number","multipleOf":0.1}""", "'multipleOf'")]
    [InlineData("""{"type":"string","format":"iri"}""", "'iri'")]
    [InlineData("""{"type":"string","pattern":"((?=a)a)+"}""", "look-ahead")]
    [InlineData("""{"type":"string","enum":["a"],"pattern":"a"}""", "'pattern'")]
    [InlineData("""{"enum":[["a"]],"minItems":1}""", "'minItems'")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"string","maxLength":3}]}""", "'oneOf'")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":{}}}]}""", "'oneOf'")]
    [InlineData("""{"oneOf":[{"minimum":3},{"type":"string"}]}""", "'oneOf'")]
    [InlineData("""{"oneOf":[{"const":"a"},{"minimum":3}]}""", "'oneOf'")]
    public void What_is_not_served_is_refused_by_name(string schema, string reason) => AssertRefused(schema, reason, isInvalid: false);

    [Theory]
    [InlineData("""{"$ref":"#/$defs/none"}""", "not there")]
    [InlineData("""{"$ref":"#"}""", "back to itself")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""", "back to itself")]
    [InlineData("""{"type":"string","minLength":-1}""", "'minLength'")]
    [InlineData("""{"type":"text"}""", "'text'")]
    [InlineData("""{"anyOf":[]}""", "'anyOf'")]
    [InlineData("""{"properties":{"a":3}}""", "neither object nor boolean")]
    [InlineData("""{"required":"a"}""", "'required'")]
    [InlineData("false", "cannot produce")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""", "cannot produce")]
    [InlineData("""{"enum":[]}""", "cannot produce")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "cannot produce")]
    [InlineData("""{"enum":["\ud800"]}""", "Unicode")]
    [InlineData("""{"type":""", "not JSON")]
    [InlineData("3", "neither object nor boolean")]
    public void What_is_wrong_in_itself_is_refused_by_name_as_invalid(string schema, string reason) => AssertRefused(schema, reason, isInvalid: true);

    [Theory]
    [InlineData("""{"properties":{"a":{"properties":{"b/c":{"not":{}}}}}}""", "#/properties/a/properties/b~1c")]
    [InlineData("""{"$defs":{"x":{"type":"array","items":{"contains":{}}}},"anyOf":[{"$ref":"#/$defs/x"}]}""", "#/$defs/x/items")]
    public void A_refusal_says_where(string schema, string path)
    {
        ConstraintException refusal = Assert.Throws<ConstraintException>(() => Compiled.Schema(schema));
        Assert.Equal(path, refusal.Path);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind", "kind", true)]
    [InlineData("kind", "sort", false)]
    public void Alternatives_of_oneOf_may_differ_in_a_required_property(string one, string other, bool isServed)
    {
        string schema = $$$"""
            {"oneOf":[
                {"type":"object","properties":{"{{{one}}}":{"const":"a"},"x":{"type":"integer"}},"required":["{{{one}}}","x"]},
                {"type":"object","properties":{"{{{other}}}":{"const":"b"},"y":{"type":"string"}},"required":["{{{other}}}","y"]}]}
            """;
        if (isServed)
            Assert.True(Compiled.Schema(schema).Accepts("""{"kind":"b","y":""}"""));
        else
            Assert.Throws<ConstraintException>(() => Compiled.Schema(schema));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","required":["kind","n"]""")]
    public void A_discriminator_tells_alternatives_of_oneOf_apart(string required)
    {
        CompiledConstraint pets = Compiled.Schema($$$"""
            {"discriminator":{"propertyName":"kind"},"oneOf":[
                {"properties":{"kind":{"const":"cat"},"n":{"type":"integer"}}{{{required}}},"type":"object"},
                {"properties":{"kind":{"const":"dog","default":"dog"},"m":{"type":"integer"}},"type":"object"}]}
            """);
        Assert.True(pets.Accepts("""{"kind":"dog","m":1}"""));
        Assert.True(pets.Accepts("""{"kind":"cat","n":1}"""));
        Assert.False(pets.Accepts("""{"m":1}"""));
    }

    [Fact]
    public void Many_optional_properties_take_states_in_proportion()
    {
        static CompiledConstraint Of(int count) => Compiled.Schema(
            $"{{\"type\":\"object\",\"properties\":{{{string.Join(',', Enumerable.Range(100, count).Select(index => $"\"p{index}\":{{\"type\":\"null\"}}"))}}}}}");
        Assert.True(Of(400).StateCount < 5 * Of(100).StateCount);
        Assert.True(Of(400).Accepts("""{"p100":null,"p305":null,"p499":null}"""));
    }

    [Theory]
    [InlineData("日本語")]
    [InlineData("नमस्ते")]
    [InlineData("สวัสดี")]
    [InlineData("வணக்கம்")]
    [InlineData("ক্ষমা")]
    [InlineData("გამარჯობა")]
    [InlineData("Բարև")]
    [InlineData("شُكرا")]
    [InlineData("😀😀")]
    [InlineData("e\u0301x")]
    public void The_least_length_is_reached_in_any_script(string text)
    {
        int length = text.EnumerateRunes().Count();
        Assert.True(Compiled.Schema($"{{\"type\":\"string\",\"minLength\":{length}}}").Accepts($"\"{text}\""));
        Assert.False(Compiled.Schema($"{{\"type\":\"string\",\"minLength\":{length + 1}}}").Accepts($"\"{text}\""));
        Assert.True(Compiled.Schema($$$"""{"type":"string","minLength":{{{length}}},"pattern":"^[\\u{0}-\\u{10FFFF}]+$"}""").AcceptsPrefix($"\"{text.EnumerateRunes().First()}"));
    }

    private static void AssertRefused(string schema, string reason, bool isInvalid)
    {
        ConstraintException refusal = Assert.Throws<ConstraintException>(() => Compiled.Schema(schema));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isInvalid, refusal.IsInvalid);
    }
}
