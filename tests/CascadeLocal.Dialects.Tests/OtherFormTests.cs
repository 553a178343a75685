using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Calls with more than JSON to them, and channels.</summary>
public sealed class OtherFormTests
{
    [Theory]
    [InlineData("""[TOOL_CALLS] [{"name": "now", "arguments": {}, "id": "abc123def"}]""", "«now#abc123def {}»")]
    [InlineData("""[TOOL_CALLS][{"id": "abc123def", "name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]""", "«now#abc123def {}»«now {}»")]
    [InlineData("""[TOOL_CALLS] {"name": "now", "arguments": {}}""", "«now {}»")]
    [InlineData("""[TOOL_CALLS]now[ARGS]{}""", "«now {}»")]
    [InlineData("""[TOOL_CALLS]now{}""", "«now {}»")]
    [InlineData("""[TOOL_CALLS]now[CALL_ID]abc123def[ARGS]{}[TOOL_CALLS]weather[ARGS]{"city": "R"}""", """«now#abc123def {}»«weather {"city": "R"}»""")]
    [InlineData("""[TOOL_CALLS]rain[ARGS]{}""", "[TOOL_CALLS]rain[ARGS]{}")]
    [InlineData("""[TOOL_CALLS]now[OTHER]{}""", "[TOOL_CALLS]now[OTHER]{}")]
    [InlineData("""[TOOL_CALLS]now[ARGS]none""", "[TOOL_CALLS]now[ARGS]none")]
    [InlineData("""[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "R""", """«weather {"city": "R»""")]
    [InlineData("[THINK]Well.[/THINK]Yes, see [1] and [TOOL].", "⟦Well.⟧Yes, see [1] and [TOOL].")]
    public void Mistral_names_the_function_or_writes_an_array_and_gives_ids(string raw, string shown)
    {
        Assert.Equal(shown, Answers.Read(Dialect.Mistral, raw));
        Assert.Equal(shown, Answers.Read(Dialect.MistralNemo, raw));
    }

    [Theory]
    [InlineData("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "«now {}»")]
    [InlineData("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "«now {}»")]
    [InlineData("<｜tool▁calls▁begin｜>\n<｜tool▁call▁begin｜>now<｜tool▁sep｜>{}", "«now {}»")]
    [InlineData("<｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜>", "«now {}»")]
    [InlineData("<think>Time?</think>\n\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜>", "⟦Time?⟧«now {}»")]
    [InlineData("<｜tool▁calls▁begin｜>none<｜tool▁calls▁end｜>", "<｜tool▁calls▁begin｜>none<｜tool▁calls▁end｜>")]
    [InlineData("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\nsoon", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\nsoon")]
    public void DeepSeek_writes_arguments_with_a_fence_or_without(string raw, string shown)
    {
        Assert.Equal(shown, Answers.Read(Dialect.DeepSeekR1, raw));
        Assert.Equal(shown, Answers.Read(Dialect.DeepSeekV31, raw));
    }

    [Theory]
    [InlineData("<tool_call>\n<function=now>\n</function>\n</tool_call>", "«now {}»")]
    [InlineData("<tool_call>\n<tool_call>\n<function=now>\n</function>\n</tool_call>", "«now {}»")]
    [InlineData("<tool_call><function=weather><parameter=city>R</parameter></tool_call>", "«weather {\"city\": \"R\"}»")]
    [InlineData("<function=now></function></tool_call>", "«now {}»")]
    [InlineData("<tool_call><function=weather><parameter=city>12</parameter><parameter=days>3</parameter></function></tool_call>", """«weather {"city": "12", "days": 3}»""")]
    [InlineData("<tool_call>\n<function=weather>\n<parameter=city>\n\nif a < b:\n  \"x\"\n\n</parameter>\n</function>\n</tool_call>", """«weather {"city": "\nif a < b:\n  \"x\"\n"}»""")]
    [InlineData("<function=weather><parameter=exact>True</parameter><parameter=days>soon</parameter><parameter=tags>[1, \"a\"]</parameter></function>", """«weather {"exact": true, "days": "soon", "tags": [1, "a"]}»""")]
    [InlineData("<function=weather><parameter=other>{\"a\": 1}</parameter><parameter=more>text</parameter></function>", """«weather {"other": {"a": 1}, "more": "text"}»""")]
    [InlineData("""<tool_call>{"name": "now", "arguments": {}}</tool_call>""", "«now {}»")]
    [InlineData("<function=weather><parameter=$filter>x</parameter><parameter=größe>1</parameter><parameter=@type>y</parameter><parameter=user name>z</parameter></function>", """«weather {"$filter": "x", "größe": 1, "@type": "y", "user name": "z"}»""")]
    [InlineData("<function=weather><parameter=a\"b\\>x</parameter></function>", """«weather {"a\"b\\": "x"}»""")]
    [InlineData("<function=weather><parameter=>x</parameter></function>", "<function=weather><parameter=>x</parameter></function>")]
    [InlineData("<function=weather><parameter=city\n>x</parameter></function>", "<function=weather><parameter=city\n>x</parameter></function>")]
    [InlineData("<function=weather><parameter=<city>x</parameter></function>", "<function=weather><parameter=<city>x</parameter></function>")]
    [InlineData("<function=weather><parameter=cit", "<function=weather><parameter=cit")]
    [InlineData("<tool_call><function=weather><parameter=city>Rome</function></tool_call>", "<tool_call><function=weather><parameter=city>Rome</function></tool_call>")]
    [InlineData("<tool_call><function=rain></function></tool_call>", "<tool_call><function=rain></function></tool_call>")]
    [InlineData("<tool_call><function=weather>Rome</function></tool_call>", "<tool_call><function=weather>Rome</function></tool_call>")]
    [InlineData("The tag <function=x> is", "The tag <function=x> is")]
    public void Tags_of_Qwen_Coder_become_JSON_by_the_schema(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.QwenCoder, raw));

    [Theory]
    [InlineData("""{"type": "string"}""", "94103", "\"94103\"")]
    [InlineData("""{"type": ["string", "null"]}""", "94103", "\"94103\"")]
    [InlineData("""{"type": ["string", "null"]}""", "null", "null")]
    [InlineData("""{"type": ["string", "null"]}""", "None", "null")]
    [InlineData("""{"type": ["string", "null"]}""", "\"a\"", "\"\\\"a\\\"\"")]
    [InlineData("""{"type": ["string", "integer"]}""", "94103", "94103")]
    [InlineData("""{"type": ["string", "integer"]}""", "null", "\"null\"")]
    [InlineData("""{"type": ["boolean", "null"]}""", "True", "true")]
    [InlineData("""{"anyOf": [{"type": "string"}, {"type": "null"}], "default": null}""", "{\"a\": 1}", "\"{\\\"a\\\": 1}\"")]
    [InlineData("""{"oneOf": [{"type": "string"}, {"type": "object"}]}""", "{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("""{"enum": ["1", "2"]}""", "1", "\"1\"")]
    [InlineData("""{"enum": ["1", 2]}""", "2", "2")]
    [InlineData("""{"const": "true"}""", "true", "\"true\"")]
    [InlineData("""{"$ref": "#/$defs/Text"}""", "7", "\"7\"")]
    [InlineData("""{"allOf": [{"$ref": "#/$defs/Text"}], "description": "d"}""", "7", "\"7\"")]
    [InlineData("""{"$ref": "#/$defs/Loop"}""", "7", "7")]
    [InlineData("""{"$ref": "#/$defs/None"}""", "7", "7")]
    [InlineData("""{"$ref": "other.json"}""", "7", "7")]
    [InlineData("""{"allOf": [{"type": "string"}, {"type": "null"}]}""", "7", "7")]
    [InlineData("""{"description": "anything"}""", "7", "7")]
    [InlineData("true", "True", "\"True\"")]
    public void A_parameter_that_may_be_a_text_is_one_unless_it_is_of_another_kind_that_it_may_be(string schema, string written, string json)
    {
        ToolDefinition tool = new("set", null, $$"""
            {"type": "object", "properties": {"x": {{schema}}}, "$defs": {"Text": {"type": "string"}, "Loop": {"$ref": "#/$defs/Loop"} } }
            """);
        AnswerSplitter splitter = new(Dialect.QwenCoder, [tool], parsesTools: true, beginsInReasoning: false);
        splitter.Append($"<function=set><parameter=x>\n{written}\n</parameter></function>");
        splitter.Finish();

        Assert.Equal($$"""«set {"x": {{json}}}»""", Answers.Show(splitter.Drain()));
    }

    [Theory]
    [InlineData("<|tool_call_start|>[now()]<|tool_call_end|>", "«now {}»")]
    [InlineData("<|tool_call_start|>[now(), weather(city=\"R\\u00f6m\", days=+2, exact=True)]<|tool_call_end|>Wait.", """«now {}»«weather {"city": "Röm", "days": 2, "exact": true}»Wait.""")]
    [InlineData("<|tool_call_start|>[weather(city='it\\'s', tags=[1, 2.50, -3e4, 1_000, .5, None], where={'a': {\"b\": ('x',)}})]<|tool_call_end|>", """«weather {"city": "it's", "tags": [1, 2.50, -3e4, 1000, 0.5, null], "where": {"a": {"b": ["x"]}}}»""")]
    [InlineData("<|tool_call_start|>[weather(city='a)]\\n', )]<|tool_call_end|>", """«weather {"city": "a)]\n"}»""")]
    [InlineData("<|tool_call_start|>[{\"name\": \"now\", \"arguments\": {}}]<|tool_call_end|>", "«now {}»")]
    [InlineData("<|tool_call_start|>{\"name\": \"now\", \"arguments\": {}}<|tool_call_end|>", "«now {}»")]
    [InlineData("<|tool_call_start|>now()<|tool_call_end|>", "«now {}»")]
    [InlineData("<|tool_call_start|>[weather(city='\\ud83d\\ude00 \\ud83d \\x41')]<|tool_call_end|>", "«weather {\"city\": \"\ud83d\ude00 \ufffd A\"}»")]
    [InlineData("<|tool_call_start|>[weather(city='\\U0001F600 \\101\\0 \\a\\v \\q')]<|tool_call_end|>", "«weather {\"city\": \"\ud83d\ude00 A\\u0000 \\u0007\\u000b \\\\q\"}»")]
    [InlineData("<|tool_call_start|>[weather(city=\"\"\"It's \"R\"\nor '''\"\"\", days=1)]<|tool_call_end|>", "«weather {\"city\": \"It's \\\"R\\\"\\nor '''\", \"days\": 1}»")]
    [InlineData("<|tool_call_start|>[weather(city='''a\\''''), weather(city=''), weather(city='''''')]<|tool_call_end|>", "«weather {\"city\": \"a'\"}»«weather {\"city\": \"\"}»«weather {\"city\": \"\"}»")]
    [InlineData("<|tool_call_start|>[weather(city='\\U00110000')]<|tool_call_end|>", "<|tool_call_start|>[weather(city='\\U00110000')]<|tool_call_end|>")]
    [InlineData("<|tool_call_start|>[weather('Rome')]<|tool_call_end|>", "<|tool_call_start|>[weather('Rome')]<|tool_call_end|>")]
    [InlineData("<|tool_call_start|>[weather(city=home)]<|tool_call_end|>", "<|tool_call_start|>[weather(city=home)]<|tool_call_end|>")]
    [InlineData("<|tool_call_start|>[weather(city='Ro", "<|tool_call_start|>[weather(city='Ro")]
    [InlineData("<|tool_call_start|>[]<|tool_call_end|>", "<|tool_call_start|>[]<|tool_call_end|>")]
    public void Python_of_LFM2_becomes_JSON(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Lfm2, raw));

    [Theory]
    [InlineData("<|channel|>analysis<|message|>Greet.<|end|><|start|>assistant<|channel|>final<|message|>Hello!", "⟦Greet.⟧Hello!")]
    [InlineData("<|channel|>final<|message|> a < b <|return|>", " a < b ")]
    [InlineData("<|channel|>analysis<|message|>Time.<|end|><|start|>assistant<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>", "⟦Time.⟧«now {}»")]
    [InlineData("<|channel|>commentary to=functions.weather<|message|>{\"city\": \"R\"}", "«weather {\"city\": \"R\"}»")]
    [InlineData("<|channel|>analysis to=functions.now code<|message|>{}<|call|>", "«now {}»")]
    [InlineData(" to=functions.now<|channel|>commentary <|constrain|>json<|message|>{}<|call|>", "«now {}»")]
    [InlineData("<|channel|>analysis<|message|>a<|end|><|start|>assistant to=functions.now<|channel|>commentary json<|message|>{}", "⟦a⟧«now {}»")]
    [InlineData("<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>", "I look.«now {}»")]
    [InlineData("<|channel|>commentary to=functions.rain <|constrain|>json<|message|>{\"a\": 1}<|call|>", "<|channel|>commentary to=functions.rain <|constrain|>json<|message|>{\"a\": 1}<|call|>")]
    [InlineData("<|channel|>commentary to=functions.now <|constrain|>json<|message|>soon<|call|>", "<|channel|>commentary to=functions.now <|constrain|>json<|message|>soon<|call|>")]
    [InlineData("<|channel|>analysis<|message|>Thinking of <|x|>", "⟦Thinking of <|x|>⟧")]
    [InlineData("<|channel|>analysis<|message|>Done.<|end|><|start|>assi", "⟦Done.⟧")]
    [InlineData("<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>analysis<|message|>Two.", "⟦One.Two.⟧")]
    [InlineData("Just text with <tags> and {}.", "Just text with <tags> and {}.")]
    [InlineData(" to be or not", " to be or not")]
    [InlineData("<b>bold</b>", "<b>bold</b>")]
    public void Channels_of_gpt_oss_tell_reasoning_calls_and_content(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.GptOss, raw));
}
