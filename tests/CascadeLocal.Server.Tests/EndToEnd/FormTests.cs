using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Json.Schema;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Forms, functions and tokens on the default tier, whose members never learned of any of them.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class FormTests
{
    private const string City = """
        {"type":"object","properties":{"city":{"type":"string","maxLength":20},"inhabitants":{"type":"integer","minimum":0,"maximum":99999999}},
         "required":["city","inhabitants"],"additionalProperties":false}
        """;

    private const string Tools = """
        "tools":[{"type":"function","function":{"name":"weather","description":"The weather of a city.","parameters":
         {"type":"object","properties":{"city":{"enum":["Oslo","Rome"]},"days":{"type":"integer","minimum":1,"maximum":9}},"required":["city","days"],"additionalProperties":false}}}]
        """;

    [Fact]
    public async Task An_answer_has_the_form_that_is_asked_for_whole_and_streamed()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        string fields = $$$"""
            "response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{{{City}}}}},"max_tokens":100,"temperature":0
            """;

        JsonNode whole = await AskAsync(server, fields);
        string streamed = string.Concat((await StreamAsync(server, fields)).Select(choice => (string?)choice["delta"]!["content"]));

        string text = (string)whole["choices"]![0]!["message"]!["content"]!;
        using JsonDocument json = JsonDocument.Parse(text);
        Assert.True(JsonSchema.FromText(City).Evaluate(json.RootElement).IsValid, text);
        Assert.Equal(("stop", text), ((string?)whole["choices"]![0]!["finish_reason"], streamed));
        Assert.Equal("none", (string?)whole["cascade"]!["guarantee"]);
    }

    [Fact]
    public async Task A_function_is_called_and_its_result_answered_whole_and_streamed()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        string fields = $"{Tools},\"tool_choice\":\"required\",\"parallel_tool_calls\":false,\"max_tokens\":100,\"temperature\":0";

        JsonNode whole = await AskAsync(server, fields);
        JsonNode[] chunks = await StreamAsync(server, fields);

        JsonNode message = whole["choices"]![0]!["message"]!, call = message["tool_calls"]![0]!;
        Assert.Null((string?)message["content"]);
        Assert.Equal(("tool_calls", "weather"), ((string?)whole["choices"]![0]!["finish_reason"], (string?)call["function"]!["name"]));
        JsonNode arguments = JsonNode.Parse((string)call["function"]!["arguments"]!)!;
        Assert.True((string?)arguments["city"] is "Oslo" or "Rome");
        JsonNode[] deltas = [.. chunks.Select(choice => choice["delta"]!["tool_calls"]?[0]).OfType<JsonNode>()];
        Assert.Equal((string?)call["function"]!["arguments"], string.Concat(deltas.Select(delta => (string?)delta["function"]!["arguments"])));
        Assert.Equal("weather", (string?)deltas[0]["function"]!["name"]);
        Assert.Equal("tool_calls", (string?)chunks[^1]["finish_reason"]);

        using HttpResponseMessage answered = await PostAsync(server, $$"""
            {"messages":[{"role":"user","content":"What is 12 + 30?"},{"role":"assistant","content":null,"tool_calls":[{{call.ToJsonString()}}]},
             {"role":"tool","tool_call_id":"{{(string?)call["id"]}}","content":"sunny"}],{{Tools}},"tool_choice":"none","max_tokens":20}
            """);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"array\",\"uniqueItems\":true}}}", "not_served_by_model", "uniqueItems")]
    [InlineData("\"guided_regex\":\"((?=a)a)+\"", "not_served_by_model", "look-ahead")]
    [InlineData("\"grammar\":\"root ::= root [a] | [b]\"", "not_served_by_model", "root")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"text\"}}}", "invalid_form", "'text'")]
    [InlineData("\"guided_regex\":\"(a\"", "invalid_form", "not closed")]
    [InlineData("\"grammar\":\"root ::= missing\"", "invalid_form", "missing")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"x\",\"parameters\":{\"type\":\"object\",\"required\":\"a\"}}}],\"tool_choice\":\"required\"", "invalid_form", "required")]
    public async Task A_form_that_is_not_served_and_one_that_is_wrong_are_refused_by_codes_of_their_own(string field, string code, string named)
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();

        using HttpResponseMessage response = await PostAsync(server, $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}],{field}}}");

        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);
        Assert.Equal((HttpStatusCode.BadRequest, code), (error.Status, error.Code));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_a_text_are_its_text_again_and_a_rendered_chat_is_continued_as_the_chat_is_answered()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        const string Text = "Grüße <|im_end|> 日本 42\n";

        JsonNode tokens = await PostForAsync(server, "/tokenize", new { content = Text });
        JsonNode pieces = await PostForAsync(server, "/tokenize", new { content = Text, with_pieces = true });
        JsonNode back = await PostForAsync(server, "/detokenize", new { tokens = tokens["tokens"] });
        Assert.Equal(Text, (string?)back["content"]);
        Assert.Equal(tokens["tokens"]!.AsArray().Count, pieces["tokens"]!.AsArray().Count);

        object[] messages = [new { role = "user", content = "What is 12 + 30?" }];
        JsonNode prompt = await PostForAsync(server, "/apply-template", new { model = "base", messages });
        JsonNode chat = await PostForAsync(server, "/v1/chat/completions", new { model = "base", messages, temperature = 0, logprobs = true });
        Assert.Contains("What is 12 + 30?", (string?)prompt["prompt"], StringComparison.Ordinal);
        Assert.Equal(
            ((string?)chat["choices"]![0]!["message"]!["content"])!.Trim(),
            string.Concat(chat["choices"]![0]!["logprobs"]!["content"]!.AsArray().Select(token => (string?)token!["token"])).Trim());

        // The text of that prompt, as tokens and as a bare prompt.
        JsonNode read = await PostForAsync(server, "/tokenize", new { model = "base", content = (string?)prompt["prompt"], parse_special = true });
        JsonNode bare = await PostForAsync(server, "/v1/completions", new { model = "base", prompt = (string?)prompt["prompt"], parse_special = true, temperature = 0, max_tokens = 200 });
        JsonNode ids = await PostForAsync(server, "/v1/completions", new { model = "base", prompt = prompt["tokens"], temperature = 0, max_tokens = 200 });
        Assert.Equal(prompt["tokens"]!.ToJsonString(), read["tokens"]!.ToJsonString());
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, prompt["tokens"]!.AsArray().Count);
        Assert.All((JsonNode[])[bare, ids], answer => Assert.Equal(
            (chat["usage"]!["prompt_tokens"]!.ToJsonString(), (string?)chat["choices"]![0]!["message"]!["content"]),
            (answer["usage"]!["prompt_tokens"]!.ToJsonString(), (string?)answer["choices"]![0]!["text"])));

        using HttpResponseMessage wrong = await server.Client.PostAsJsonAsync(new Uri("/detokenize", UriKind.Relative), new { tokens = (int[])[1, 99_999_999] }, TestContext.Current.CancellationToken);
        Assert.Equal("tokens[1]", (await ErrorAnswer.ReadAsync(wrong)).Param);
    }

    private static async Task<HttpResponseMessage> PostAsync(CascadeProcess server, string body)
    {
        using StringContent content = new(body, System.Text.Encoding.UTF8, "application/json");
        return await server.Client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    private static async Task<JsonNode> PostForAsync(CascadeProcess server, string path, object body)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<JsonNode> AskAsync(CascadeProcess server, string fields)
    {
        using HttpResponseMessage response = await PostAsync(server, $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"Tell me of Rome.\"}}],{fields}}}");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<JsonNode[]> StreamAsync(CascadeProcess server, string fields)
    {
        using HttpResponseMessage response = await PostAsync(server, $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"Tell me of Rome.\"}}],\"stream\":true,{fields}}}");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return [.. text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).SelectMany(line => JsonNode.Parse(line["data: ".Length..])!["choices"]!.AsArray()).OfType<JsonNode>()];
    }
}
