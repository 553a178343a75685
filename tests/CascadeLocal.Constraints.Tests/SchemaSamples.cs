namespace CascadeLocal.Constraints.Tests;

/// <summary>Schemas over every keyword that is served, alone and together.</summary>
internal static class SchemaSamples
{
    private static readonly string[] Values =
    [
        "true", "{}", """{"type":"null"}""", """{"type":"boolean"}""", """{"type":"integer"}""", """{"type":"number"}""", """{"type":"string"}""",
        """{"type":"array"}""", """{"type":"object"}""", """{"type":["string","null"]}""", """{"type":["integer","boolean","null"]}""",
        """{"type":"integer","minimum":0}""", """{"type":"integer","maximum":0}""", """{"type":"integer","minimum":-17,"maximum":1234}""",
        """{"type":"integer","exclusiveMinimum":9,"exclusiveMaximum":101}""", """{"type":"integer","minimum":1.5,"maximum":3.5}""",
        """{"type":"integer","minimum":99999,"maximum":100001}""", """{"type":"integer","multipleOf":1}""", """{"type":"number","minimum":0}""",
        """{"type":"number","maximum":-2.25}""", """{"type":"number","minimum":-1.5,"maximum":2.75}""", """{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}""",
        """{"type":"number","minimum":0.001,"maximum":0.002}""", """{"type":"number","minimum":12.5,"exclusiveMaximum":13}""", """{"type":"number","minimum":7,"maximum":7}""",
        """{"type":"number","multipleOf":1,"minimum":3}""", """{"enum":["red","green","blue","reddish"]}""", """{"enum":[1,2.5,null,true,"x",[1],{"a":{}}]}""",
        """{"const":"only \"one\"\n"}""", """{"const":{"a":[1,2,{"b":null}]}}""", """{"type":"string","enum":["a","b",3]}""", """{"type":"string","maxLength":5}""",
        """{"type":"string","minLength":1}""", """{"type":"string","minLength":3,"maxLength":3}""", """{"type":"string","minLength":4,"maxLength":12}""",
        """{"type":"string","maxLength":0}""", """{"type":"string","pattern":"^[A-Z]{2,4}-\\d{3}$"}""", """{"type":"string","pattern":"[0-9]","maxLength":6}""",
        """{"type":"string","pattern":"^(foo|bar)+$"}""", """{"type":"string","pattern":"^\\w+\\s\\w+$","maxLength":20}""", """{"type":"string","pattern":"^[^a-z]{1,5}$"}""",
        """{"type":"string","pattern":"^.{2,6}$","minLength":3}""", """{"type":"string","pattern":"^\\S+$","minLength":2,"maxLength":5}""",
        """{"type":"string","format":"date"}""", """{"type":"string","format":"time"}""", """{"type":"string","format":"date-time"}""", """{"type":"string","format":"uuid"}""",
        """{"type":"string","format":"ipv4"}""", """{"type":"string","format":"ipv6"}""", """{"type":"string","format":"email"}""", """{"type":"string","format":"hostname"}""",
        """{"type":"string","format":"duration"}""", """{"type":"string","format":"uri"}""", """{"type":"string","format":"date","pattern":"^20"}""",
        """{"type":"array","items":{"type":"integer"}}""", """{"type":"array","items":{"type":"boolean"},"minItems":2}""", """{"type":"array","items":{"type":"null"},"maxItems":2}""",
        """{"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"minItems":3,"maxItems":3}""", """{"type":"array","maxItems":0}""",
        """{"type":"array","items":{"type":"array","items":{"type":"integer","maximum":5,"minimum":0},"maxItems":2},"maxItems":3}""",
        """{"type":"array","prefixItems":[{"type":"integer"},{"type":"string","maxLength":3}]}""",
        """{"type":"array","prefixItems":[{"type":"integer"},{"type":"boolean"}],"items":false}""",
        """{"type":"array","prefixItems":[{"const":1}],"items":{"const":2},"minItems":2,"maxItems":4}""", """{"type":"array","prefixItems":[{"const":1},{"const":2}],"maxItems":1}""",
        """{"type":"array","minItems":1,"maxItems":2}""",
        """{"anyOf":[{"type":"integer"},{"type":"string","maxLength":4}]}""", """{"anyOf":[{"const":1},{"const":"one"},{"type":"array","items":{"const":1},"maxItems":2}]}""",
        """{"type":"integer","anyOf":[{"minimum":5},{"maximum":-5}]}""", """{"oneOf":[{"type":"integer"},{"type":"boolean"}]}""",
        """{"oneOf":[{"type":"number","maximum":-1},{"type":"number","minimum":1}]}""", """{"oneOf":[{"enum":["a","b"]},{"enum":["c"]},{"type":"null"}]}""",
        """{"allOf":[{"type":"integer","minimum":3},{"maximum":8}]}""", """{"allOf":[{"type":["string","integer"]},{"type":["integer","null"]}]}""",
        """{"allOf":[{"type":"string","pattern":"^a"},{"pattern":"b$"}],"maxLength":5}""", """{"allOf":[{"enum":[1,2,3]},{"enum":[2,3,4]}]}""",
        """{"anyOf":[{"type":"boolean"}],"allOf":[{"anyOf":[{"const":true},{"const":7}]}]}""",
        """{"$defs":{"p":{"type":"integer","minimum":1,"maximum":5}},"$ref":"#/$defs/p"}""", """{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"p":{"type":"boolean"}},"type":"array","items":{"$ref":"#/definitions/p"},"maxItems":3}""",
        """{"title":"t","description":"d","default":0,"examples":[1],"deprecated":false,"$comment":"c","type":"boolean"}""",
    ];

    private static readonly string[] Objects =
    [
        """{"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}""",
        """{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"},"d":{"type":"null"}},"additionalProperties":false}""",
        """{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"boolean"},"c":{"type":"null"}},"required":["b"]}""",
        """{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"boolean"},"c":{"type":"null"}},"required":["c"],"additionalProperties":true}""",
        """{"type":"object","properties":{"ab":{"type":"null"},"a":{"type":"null"}},"additionalProperties":{"type":"integer","minimum":0,"maximum":9}}""",
        """{"type":"object","additionalProperties":{"type":"boolean"}}""", """{"type":"object","additionalProperties":false}""",
        """{"type":"object","required":["x"]}""", """{"type":"object","required":["x","y"],"additionalProperties":{"type":"null"}}""",
        """{"type":"object","properties":{"q\"":{"const":1},"back\\slash":{"const":2},"new\nline":{"const":3},"日":{"const":4}},"additionalProperties":{"const":5}}""",
        """{"type":"object","properties":{"o":{"type":"object","properties":{"i":{"type":"object","properties":{"v":{"type":"boolean"}},"required":["v"],"additionalProperties":false}},"required":["i"],"additionalProperties":false}},"required":["o"],"additionalProperties":false}""",
        """{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"minimum":1,"maximum":3},"b":{"type":"null"}}}]}""",
        """{"allOf":[{"properties":{"a":{"const":1},"b":{"const":2}}},{"properties":{"a":{}},"additionalProperties":false,"type":"object"}]}""",
        """{"type":"object","properties":{"kind":{"type":"string"}},"required":["kind"],"anyOf":[{"properties":{"kind":{"const":"a"},"x":{"const":1}}},{"properties":{"kind":{"const":"b"}}}]}""",
        """{"oneOf":[{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"integer"}},"required":["kind","r"]},{"type":"object","properties":{"kind":{"const":"box"},"w":{"type":"integer"}},"required":["kind","w"]}]}""",
        """{"oneOf":[{"type":"object","properties":{"a":{"const":1}},"required":["a"],"additionalProperties":false},{"type":"object","properties":{"b":{"const":1}},"required":["b"],"additionalProperties":false}]}""",
        """{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"boolean"},"c":{"type":"array","items":{"$ref":"#/$defs/node"},"maxItems":2}},"required":["v"],"additionalProperties":false}}}""",
        """{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["next"],"additionalProperties":false}""",
        """{"type":"object","properties":{"x":{"allOf":[{"$ref":"#/$defs/p"},{"maximum":4}]}},"$defs":{"p":{"type":"integer","minimum":2}},"required":["x"]}""",
        """{"type":"object","properties":{"date":{"type":"string","format":"date"},"mail":{"type":["string","null"],"format":"email"}},"required":["date","mail"],"additionalProperties":false}""",
        """{"properties":{"a":{"type":"integer"}},"required":["a"]}""", """{"items":{"type":"boolean"},"maxItems":2}""", """{"minLength":1,"maxLength":2}""", """{"minimum":3,"maximum":4}""",
        """{"type":["object","array"],"properties":{"a":{"const":0}},"items":{"const":0},"maxItems":2}""",
        """{"type":"object","properties":{"gone":false,"here":{"const":1}},"required":["here"]}""", """{"type":"object","properties":{"any":true},"required":["any"]}""",
        """{"type":"object","properties":{"steps":{"type":"array","items":{"type":"object","properties":{"explanation":{"type":"string","maxLength":10},"output":{"type":"string","maxLength":10}},"required":["explanation","output"],"additionalProperties":false},"maxItems":3},"answer":{"type":"string","maxLength":10}},"required":["steps","answer"],"additionalProperties":false}""",
    ];

    // What pydantic 2 and zod 4 make of types.
    private static readonly string[] Emitted =
    [
        """{"format":"binary","type":"string"}""",
        """{"anyOf":[{"type":"number"},{"pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$","type":"string"}]}""",
        """{"format":"uri","maxLength":2083,"minLength":1,"type":"string"}""",
        """{"format":"password","type":"string","writeOnly":true}""",
        """{"format":"ipv4network","type":"string"}""",
        """{"$defs":{"Color":{"enum":["r","g"],"title":"Color","type":"string"}},"additionalProperties":{"type":"integer"},"propertyNames":{"$ref":"#/$defs/Color"},"type":"object"}""",
        """{"additionalProperties":{"type":"integer"},"propertyNames":{"format":"uuid"},"type":"object"}""",
        """{"additionalProperties":{"type":"integer"},"propertyNames":{"minLength":1},"type":"object"}""",
        """{"$defs":{"Cat":{"properties":{"kind":{"const":"cat","title":"Kind","type":"string"},"n":{"title":"N","type":"integer"}},"required":["kind","n"],"title":"Cat","type":"object"},"Dog":{"properties":{"kind":{"const":"dog","default":"dog","title":"Kind","type":"string"},"m":{"title":"M","type":"string"}},"required":["m"],"title":"Dog","type":"object"}},"oneOf":[{"$ref":"#/$defs/Cat"},{"$ref":"#/$defs/Dog"}]}""",
        """{"anyOf":[{"type":"number"},{"pattern":"^(?!^[-+.]*$)[+-]?0*(?:\\d{0,3}|(?=[\\d.]{1,6}0*$)\\d{0,3}\\.\\d{0,2}0*$)","type":"string"}]}""",
        """{"contentMediaType":"application/json","contentSchema":{"type":"integer"},"type":"string"}""",
        """{"anyOf":[{"pattern":"^\\s*(\\d*\\.?\\d+)\\s*(\\w+)?","type":"string"},{"minimum":0,"type":"integer"}]}""",
        """{"type":"string","format":"email","pattern":"^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"}""",
        """{"type":"string","format":"uuid","pattern":"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$"}""",
        """{"type":"string","format":"date","pattern":"^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))$"}""",
        """{"type":"string","format":"duration","pattern":"^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$"}""",
        """{"type":"string","format":"ipv6","pattern":"^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))$"}""",
        """{"type":"string","format":"base64","contentEncoding":"base64","pattern":"^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$"}""",
        """{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"number"}}""",
        """{"type":"object","propertyNames":{"type":"string","enum":["a","b"]},"additionalProperties":{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991},"required":["a","b"]}""",
        """{"type":"object","propertyNames":{"type":"string","pattern":"^a"},"additionalProperties":{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991}}""",
        """{"type":"string","format":"lowercase","pattern":"^[^A-Z]*$"}""",
        """{"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"},{"type":"null"},{"type":"array","items":{"$ref":"#"}},{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"$ref":"#"}}]}""",
        """{"enum":["a",1]}""",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Values, .. Emitted, .. Objects];
}
