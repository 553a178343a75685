using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Calls that are JSON, and how models get them nearly right.</summary>
public sealed class JsonFormTests
{
    [Theory]
    [InlineData("""<tool_call>{"name":"now","arguments":{}}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>{"name": "now"}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>{"name": "now", "arguments": null}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>{"name": "now", "arguments": ""}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>{"arguments": {"city": "Rome"}, "name": "weather"}</tool_call>""", """«weather {"city": "Rome"}»""")]
    [InlineData("""<tool_call>{"arguments": {"city": "Rome"}, "name": "rain"}</tool_call>""", """<tool_call>{"arguments": {"city": "Rome"}, "name": "rain"}</tool_call>""")]
    [InlineData("""<tool_call>{"name": "weather", "arguments": "{\"city\": \"R\\u00f6m \\\"\"}"}</tool_call>""", """«weather {"city": "R\u00f6m \""}»""")]
    [InlineData("""<tool_call>{"arguments": "{\"city\":\"R\"}", "name": "weather"}</tool_call>""", """«weather {"city":"R"}»""")]
    [InlineData("""<tool_call>{"name": "weather", "arguments": "Rome"}</tool_call>""", """<tool_call>{"name": "weather", "arguments": "Rome"}</tool_call>""")]
    [InlineData("""<tool_call>{"name": "weather", "arguments": [1]}</tool_call>""", """<tool_call>{"name": "weather", "arguments": [1]}</tool_call>""")]
    [InlineData("""<tool_call>{"type": "function", "function": {"name": "now", "arguments": {}}}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>{"id": "c1", "name": "now", "parameters": {}, "x": [1, {"y": "z"}], "w": -1.5e3}</tool_call>""", "«now#c1 {}»")]
    [InlineData("""<tool_call>{"\u006eame": "no\u0077", "arguments": {}}</tool_call>""", "«now {}»")]
    [InlineData("""<tool_call>[{"name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]</tool_call>""", "«now {}»«now {}»")]
    [InlineData("""<tool_calls>[{"name": "now", "arguments": {}, "id": "7"}]</tool_calls>""", "«now {}»")]
    [InlineData("<tool_call>{\"name\": \"now\", \"arguments\": {}}\n{\"name\": \"now\", \"arguments\": {}}</tool_call>", "«now {}»«now {}»")]
    [InlineData("""<tool_call>{"name": "now", "arguments": {}}<tool_call>{"name": "now", "arguments": {}}""", "«now {}»«now {}»")]
    [InlineData("""<tool_call><tool_call>{"name": "now", "arguments": {}}</tool_call>""", "«now {}»")]
    [InlineData("""<<tool_call>{"name": "now", "arguments": {}}</tool_call>""", "<«now {}»")]
    [InlineData("<tool_call>\n{'name': 'now'}</tool_call>", "<tool_call>\n{'name': 'now'}</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"a\nb\tc\u0001\"}}</tool_call>", "«weather {\"city\": \"a\\nb\\tc\\u0001\"}»")]
    [InlineData("""<tool_call>{"name": "now", "arguments": {}} and more</tool_call>""", "«now {}»and more</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"now\", \"arguments\": {}}}\n</tool_call>", "«now {}»")]
    [InlineData("<tool_call>{\"name\": \"now\", \"arguments\": {}}}</tool_call>\n<tool_call>{\"name\": \"now\", \"arguments\": {}}}</tool_call>{}", "«now {}»«now {}»{}")]
    [InlineData("""<tool_call>{"name": "weather", "arguments": "{\"city\": \"it\'s\"}"}</tool_call>""", """«weather {"city": "it\\'s"}»""")]
    [InlineData("Write <tool_call> first, then </tool_call>.", "Write <tool_call> first, then </tool_call>.")]
    [InlineData("a <tool b <tool_cal c", "a <tool b <tool_cal c")]
    [InlineData("", "")]
    [InlineData(" \n ", " \n ")]
    [InlineData("<tool_call>", "<tool_call>")]
    public void JSON_in_tags_is_a_call_and_what_is_nearly_JSON_is_content(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Hermes, raw));

    [Theory]
    [InlineData("""{"name": "now", "parameters": {}}""", "«now {}»")]
    [InlineData("""<|python_tag|>{"type": "function", "name": "now", "parameters": {}}""", "«now {}»")]
    [InlineData("""<|python_tag|>{"name": "now", "parameters": {}}; {"name": "now", "parameters": {}}""", "«now {}»«now {}»")]
    [InlineData("Sure:\n{\"name\": \"now\", \"parameters\": {}}", "Sure:«now {}»")]
    [InlineData("{\"name\": \"now\", \"parameters\": {}}\n{\"name\": \"now\", \"parameters\": {}}\n", "«now {}»«now {}»")]
    [InlineData("""I would write {"name": "now", "parameters": {}} here.""", """I would write {"name": "now", "parameters": {}} here.""")]
    [InlineData("""{"name": "now"}""", """{"name": "now"}""")]
    [InlineData("""{"city": "Rome", "name": "now", "parameters": {}}""", """{"city": "Rome", "name": "now", "parameters": {}}""")]
    [InlineData("""{"name": "now", "parameters": {}}; that was it""", "«now {}»; that was it")]
    [InlineData("<|python_tag|>\n[{\"name\": \"now\", \"parameters\": {}}]", "«now {}»")]
    [InlineData("<|python_tag|>print(1)", "<|python_tag|>print(1)")]
    [InlineData("{\n  \"a\": 1\n}", "{\n  \"a\": 1\n}")]
    public void An_object_on_a_line_of_its_own_is_a_call_of_Llama(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Llama, raw));

    [Theory]
    [InlineData("""{"tool_call": {"name": "now", "arguments": {}}}""", "«now {}»")]
    [InlineData("""{"tool_calls": [{"name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]}""", "«now {}»«now {}»")]
    [InlineData("""{"tool_calls": [{"type": "function", "id": "a", "function": {"name": "now", "arguments": "{}"}}]}""", "«now#a {}»")]
    [InlineData("""{"name": "now", "arguments": {}}""", "«now {}»")]
    [InlineData("```json\n{\"name\": \"now\", \"arguments\": {}}\n```\nDone.", "«now {}»Done.")]
    [InlineData("```json\n[{\"name\": \"now\", \"arguments\": {}}]\n```", "«now {}»")]
    [InlineData("```json\n{\"name\": \"Anna\", \"age\": 3}\n```", "```json\n{\"name\": \"Anna\", \"age\": 3}\n```")]
    [InlineData("""{"response": "fine"}""", """{"response": "fine"}""")]
    [InlineData("""{"tool_calls": []}""", """{"tool_calls": []}""")]
    public void A_model_of_no_family_calls_with_plain_JSON(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Generic, raw));

    [Theory]
    [InlineData("```tool_code\nweather(city=\"Rome\", days=2)\n```", """«weather {"city": "Rome", "days": 2}»""")]
    [InlineData("```tool_code\ndefault_api.now()\nnow()\n```", "«now {}»«now {}»")]
    [InlineData("```tool_code\n[now()]\n```", "«now {}»")]
    [InlineData("```json\n{\"name\": \"now\", \"parameters\": {}}\n```\n```json\n{\"name\": \"now\", \"parameters\": {}}\n```", "«now {}»«now {}»")]
    [InlineData("{\"name\": \"now\", \"parameters\": {}}", "«now {}»")]
    [InlineData("```tool_code\nprint(1)\n```", "```tool_code\nprint(1)\n```")]
    [InlineData("```python\nnow()\n```", "```python\nnow()\n```")]
    [InlineData("Use ```tool_call for calls", "Use ```tool_call for calls")]
    public void Gemma_calls_in_fences(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Gemma, raw));

    [Theory]
    [InlineData("""<|tool_call|>[{"name": "now", "arguments": {}}]""", "«now {}»")]
    [InlineData("""<|tool_call|> [{"name": "now", "arguments": {}}]<|/tool_call|>""", "«now {}»")]
    [InlineData("""<tool_call>[{"name": "now", "arguments": {}}]</tool_call>""", "«now {}»")]
    [InlineData("""<think>Which?</think><response>It is late.</response>""", "⟦Which?⟧It is late.")]
    [InlineData("""<think>Which?</think> <response><|tool_call|>[{"name": "now", "arguments": {}}]""", "⟦Which?⟧«now {}»")]
    [InlineData("A <response> is </response>", "A <response> is </response>")]
    public void Granite_calls_with_arrays_and_wraps_its_response(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Granite, raw));

    [Theory]
    [InlineData("<|START_THINKING|>Hm.<|END_THINKING|><|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"now\", \"parameters\": {}}\n]<|END_ACTION|>", "⟦Hm.⟧«now#0 {}»")]
    [InlineData("<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "⟦Hm.⟧Yes.")]
    [InlineData("<|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes.")]
    public void Cohere_calls_with_actions(string raw, string shown) => Assert.Equal(shown, Answers.Read(Dialect.Cohere, raw));
}
