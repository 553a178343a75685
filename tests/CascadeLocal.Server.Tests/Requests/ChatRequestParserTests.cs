using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Completions;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Messages;
using CascadeLocal.Server.Responses;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

public sealed class ChatRequestParserTests
{
    private const string Messages = """
        "messages":[{"role":"user","content":"hi"}]
        """;

    private const string Tool = """
        {"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object"},"strict":true}}
        """;

    /// <summary>Every line: a request, and the field its error names.</summary>
    public static TheoryData<string, string?> BadRequests => new()
    {
        { "", null },
        { "{", null },
        { "nothing", null },
        { "[]", null },
        { "null", null },
        { "{}", "messages" },
        { """{"messages":null}""", "messages" },
        { """{"messages":[]}""", "messages" },
        { """{"messages":"hi"}""", "messages" },
        { """{"messages":{}}""", "messages" },
        { """{"messages":[null]}""", "messages[0]" },
        { """{"messages":["hi"]}""", "messages[0]" },
        { """{"messages":[{"content":"hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":7,"content":"hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"king","content":"hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"tool","content":"hi"}]}""", "messages[0].tool_call_id" },
        { """{"messages":[{"role":"function","content":"hi"}]}""", "messages[0].name" },
        { """{"messages":[{"role":"user"}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null}]}""", "messages[1].content" },
        { """{"messages":[{"role":"user","content":7}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":[]}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":[null]}]}""", "messages[0].content[0]" },
        { """{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text" },
        { """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"assistant","content":"a","tool_calls":[{}]}]}""", "messages[0].tool_calls[0].function" },
        { """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}""", "messages[0].tool_calls[0].id" },
        { """{"messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]}]}""", "messages[0].tool_calls[0].function.arguments" },
        { """{"messages":[{"role":"assistant","content":"a","audio":{"id":"x"}}]}""", "messages[0].audio" },
        { """{"messages":[{"role":"user","content":"a","images":["eA=="]}]}""", "messages[0].images" },
        { """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","prefix":true}]}""", "messages[1].prefix" },
        { """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","partial":true}]}""", "messages[1].partial" },
        { """{"messages":[{"role":"user","content":null,"refusal":"no"}]}""", "messages[0].content" },
        { """{"messages":[{"role":"assistant","content":"a","reasoning_content":7}]}""", "messages[0].reasoning_content" },
        { """{"messages":[{"role":"assistant","content":"a","reasoning":7}]}""", "messages[0].reasoning" },
        { With("\"model\":7"), "model" },
        { With("\"max_tokens\":0"), "max_tokens" },
        { With("\"max_tokens\":-2"), "max_tokens" },
        { With("\"max_tokens\":1.5"), "max_tokens" },
        { With("\"max_tokens\":\"7\""), "max_tokens" },
        { With("\"max_tokens\":2147483648"), "max_tokens" },
        { With("\"max_tokens\":99999999999999999999999"), "max_tokens" },
        { With("\"max_tokens\":1e999"), "max_tokens" },
        { With("\"max_completion_tokens\":0"), "max_completion_tokens" },
        { With("\"max_tokens\":0,\"max_completion_tokens\":5"), "max_tokens" },
        { With("\"temperature\":NaN"), null },
        { With("\"temperature\":\"NaN\""), "temperature" },
        { With("\"temperature\":1e999"), "temperature" },
        { With("\"temperature\":-0.1"), "temperature" },
        { With("\"temperature\":2.1"), "temperature" },
        { With("\"temperature\":true"), "temperature" },
        { With("\"top_p\":0"), "top_p" },
        { With("\"top_p\":1.01"), "top_p" },
        { With("\"top_k\":-2"), "top_k" },
        { With("\"top_k\":1.5"), "top_k" },
        { With("\"min_p\":-1"), "min_p" },
        { With("\"min_p\":2"), "min_p" },
        { With("\"frequency_penalty\":2.5"), "frequency_penalty" },
        { With("\"presence_penalty\":-2.5"), "presence_penalty" },
        { With("\"repetition_penalty\":0"), "repetition_penalty" },
        { With("\"repetition_penalty\":1e40"), "repetition_penalty" },
        { With("\"repetition_penalty\":1,\"repeat_penalty\":0"), "repeat_penalty" },
        { With("\"logit_bias\":[]"), "logit_bias" },
        { With("\"logit_bias\":{\"x\":1}"), "logit_bias" },
        { With("\"logit_bias\":{\"-1\":1}"), "logit_bias" },
        { With("\"logit_bias\":{\"7\":1,\"07\":2}"), "logit_bias" },
        { With("\"logit_bias\":{\"7\":101}"), "logit_bias.7" },
        { With("\"stop\":\"\""), "stop" },
        { With("\"stop\":7"), "stop" },
        { With("\"stop\":[\"a\",\"\"]"), "stop[1]" },
        { With("\"stop\":[\"a\",null]"), "stop[1]" },
        { With($"\"stop\":[{string.Join(',', Enumerable.Repeat("\"x\"", 17))}]"), "stop" },
        { With($"\"stop\":\"{new string('x', 513)}\""), "stop" },
        { With("\"seed\":1.5"), "seed" },
        { With("\"seed\":9223372036854775808"), "seed" },
        { With("\"stream\":1"), "stream" },
        { With("\"stream_options\":{\"include_usage\":true}"), "stream_options" },
        { With("\"stream\":true,\"stream_options\":7"), "stream_options" },
        { With("\"stream\":true,\"stream_options\":{\"include_usage\":1}"), "stream_options.include_usage" },
        { With("\"ignore_eos\":\"yes\""), "ignore_eos" },
        { With("\"n\":\"1\""), "n" },
        { With("\"max_tokens\":1000.5"), "max_tokens" },
        { With("\"tempratur\":0"), "tempratur" },
        { With("\"max_token\":5"), "max_token" },
        { With("\"Temperature\":0"), "Temperature" },
        { With("\"min_tokens\":-1"), "min_tokens" },
        { With("\"min_tokens\":5,\"max_tokens\":4"), "min_tokens" },
        { With("\"min_tokens\":50,\"max_completion_tokens\":10"), "min_tokens" },
        { With("\"stop_token_ids\":[-1]"), "stop_token_ids[0]" },
        { With("\"stop_token_ids\":\"1\""), "stop_token_ids" },
        { With($"\"stop_token_ids\":[{string.Join(',', Enumerable.Range(0, 65))}]"), "stop_token_ids" },
        { With("\"format\":\"yaml\""), "format" },
        { With("\"format\":7"), "format" },
        { With("\"n_predict\":9"), "n_predict" },
        { With("\"mirostat\":2"), "mirostat" },
        { With(string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"unknown{i}\":{i}"))), null },
        { With("\"n\":129"), "n" },
        { With("\"n\":1000000000"), "n" },
        { With("\"n\":0"), "n" },
        { With("\"tools\":[{}]"), "tools[0].type" },
        { With("\"tools\":[7]"), "tools[0]" },
        { With("\"tools\":[{\"type\":\"web_search\"}]"), "tools[0].type" },
        { With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]"), "tools[0].function.name" },
        { With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":[]}}]"), "tools[0].function.parameters" },
        { With($"\"tools\":[{Tool},{Tool}]"), "tools" },
        { With("\"tool_choice\":\"required\""), "tool_choice" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":\"always\""), "tool_choice" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"g\"}}}}"), "tool_choice.function.name" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"allowed_tools\"}}"), "tool_choice.type" },
        { With($"\"tools\":[{Tool}],\"functions\":[{{\"name\":\"f\"}}]"), "functions" },
        { With($"\"tools\":[{Tool}],\"parallel_tool_calls\":1"), "parallel_tool_calls" },
        { With("\"functions\":[{}]"), "functions[0].name" },
        { With("\"functions\":[{\"name\":\"f\"}],\"tool_choice\":7"), "tool_choice" },
        { With("\"function_call\":7"), "function_call" },
        { With("\"response_format\":7"), "response_format" },
        { With("\"response_format\":{\"type\":\"xml\"}"), "response_format.type" },
        { With("\"response_format\":{\"type\":\"json_schema\"}"), "response_format.json_schema" },
        { With("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":7}}"), "response_format.json_schema.schema" },
        { With("\"response_format\":{\"type\":\"json_object\"},\"grammar\":\"root ::= x\""), "grammar" },
        { With("\"guided_choice\":[]"), "guided_choice" },
        { With("\"guided_choice\":[\"a\",\"\"]"), "guided_choice" },
        { With("\"guided_regex\":7"), "guided_regex" },
        { With("\"structured_outputs\":{\"json\":7}"), "structured_outputs.json" },
        { With("\"structured_outputs\":{\"choices\":[\"yes\",\"no\"]}"), "structured_outputs.choices" },
        { With("\"structured_outputs\":{\"structural_tag\":{}}"), "structured_outputs.structural_tag" },
        { With("\"structured_outputs\":{\"choice\":[\"a\"],\"disable_any_whitespace\":true}"), "structured_outputs.disable_any_whitespace" },
        { With("\"logprobs\":5"), "logprobs" },
        { With("\"logprobs\":true,\"top_logprobs\":21"), "top_logprobs" },
        { With("\"top_logprobs\":3"), "top_logprobs" },
        { With("\"reasoning_effort\":\"much\""), "reasoning_effort" },
        { With("\"modalities\":[\"text\",\"audio\"]"), "modalities" },
        { With("\"audio\":{}"), "audio" },
        { With("\"prediction\":{}"), "prediction.type" },
        { With("\"prediction\":{\"type\":\"content\"}"), "prediction.content" },
        { With("\"store\":true"), "store" },
        { With("\"chat_template\":\"{{ messages }}\""), "chat_template" },
        { With("\"chat_template_kwargs\":[]"), "chat_template_kwargs" },
        { With("\"chat_template_kwargs\":{\"messages\":[]}"), "chat_template_kwargs.messages" },
        { With("\"chat_template_kwargs\":{\"bos_token\":\"x\"}"), "chat_template_kwargs.bos_token" },
        { With($"\"chat_template_kwargs\":{{{string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"v{i}\":{i}"))}}}"), "chat_template_kwargs" },
        { With("\"enable_thinking\":\"no\""), "enable_thinking" },
        { With("\"documents\":[\"text\"]"), "documents[0]" },
        { With("\"add_generation_prompt\":1"), "add_generation_prompt" },
        { With("\"add_generation_prompt\":true,\"continue_final_message\":true"), "continue_final_message" },
        { With("\"user\":\"\\ud800\""), null },
        { With("\"unknown\":{\"\\udc00\":1}"), null },
        { With("\"seed\":1,\"seed\":2"), null },
        { With($"\"unknown\":{new string('[', 64)}{new string(']', 64)}"), null },
    };

    private static string With(string fields) => $"{{{Messages},{fields}}}";

    private static ChatBody ParseBody(string json) => ChatRequestParser.Parse(Encoding.UTF8.GetBytes(json));

    private static GenerationRequest Parse(string json) => ParseBody(json).Request;

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void A_bad_request_is_400_and_names_its_field(string json, string? param)
    {
        ApiError error = Assert.Throws<ApiException>(() => Parse(json)).Error;

        Assert.Equal((400, "invalid_request_error", param), (error.Status, error.Type, error.Param));
        Assert.Matches("[.?]$", error.Message);
    }

    [Fact]
    public void Invalid_utf8_is_400()
    {
        byte[] body = Encoding.UTF8.GetBytes(With("\"user\":\"xx\""));
        body[Array.IndexOf(body, (byte)'x')] = 0xff;

        Assert.Equal(400, Assert.Throws<ApiException>(() => ChatRequestParser.Parse(body)).Error.Status);
    }

    [Fact]
    public void Sixty_levels_are_not_too_deep() =>
        Parse(With($"\"unknown\":{new string('[', 60)}{new string(']', 60)}"));

    [Fact]
    public void Null_means_absent_for_every_optional_field()
    {
        string[] fields =
        [
            .. RequestFields.Chat.Fields.Where(field => !field.IsRequired).Select(field => field.Name),
        ];

        ChatBody body = ParseBody(With(string.Join(',', fields.Select(f => $"\"{f}\":null"))));

        GenerationRequest request = body.Request;
        Assert.Null(request.Member);
        Assert.Null(request.MaxTokens);
        Assert.Null(request.Seed);
        Assert.Equal(new(), request.Sampling);
        Assert.Empty(request.Stop);
        Assert.Empty(request.LogitBias);
        Assert.False(request.Streams || body.IncludeUsage || request.IgnoreEndOfSequence);
        Assert.Same(ChatTemplateOptions.None, request.Template);
    }

    [Fact]
    public void Every_served_field_is_read()
    {
        ChatBody body = ParseBody(With(
            """
            "model":"nano","max_tokens":9,"max_completion_tokens":5,"temperature":0.5,"top_p":0.9,"top_k":-1,"min_p":0.1,
            "stop":["a","b"],"seed":-2,"frequency_penalty":1,"presence_penalty":-1,"repetition_penalty":1.1,
            "logit_bias":{"7":-100},"stream":true,"stream_options":{"include_usage":true},"ignore_eos":true,"user":"me","x":1
            """));

        GenerationRequest request = body.Request;
        Assert.Equal("nano", request.Member);
        Assert.Equal(5, request.MaxTokens);
        Assert.Equal(
            new()
            {
                Temperature = 0.5f,
                TopP = 0.9f,
                TopK = 0,
                MinP = 0.1f,
                FrequencyPenalty = 1,
                PresencePenalty = -1,
                RepetitionPenalty = 1.1f,
            },
            request.Sampling);
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal(ulong.MaxValue - 1, request.Seed);
        Assert.Equal(-100, request.LogitBias[7]);
        Assert.True(request.Streams && body.IncludeUsage && request.IgnoreEndOfSequence);
    }

    [Fact]
    public void Options_of_a_stream_that_change_nothing_are_told() => Assert.Equal(
        ["stream_options.continuous_usage_stats", "stream_options.include_obfuscation"],
        ParseBody(With(
            "\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true,\"include_obfuscation\":true,\"chunk\":false,\"x\":null}")).Ignored);

    [Theory]
    [InlineData("\"content\":null,\"refusal\":\"No.\"")]
    [InlineData("\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}],\"images\":[],\"prefix\":false")]
    [InlineData("\"content\":\"No.\",\"refusal\":null,\"images\":null")]
    public void What_an_assistant_refused_can_be_sent_back(string said)
    {
        GenerationRequest request = Parse($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"a\"}},{{\"role\":\"assistant\",{said}}}]}}");

        Assert.Equal("No.", request.Messages[1].Content);
    }

    [Fact]
    public void What_a_request_has_for_the_chat_template_is_read()
    {
        ChatTemplateOptions template = Parse(With(
            """
            "chat_template_kwargs":{"enable_thinking":true,"date":"today"},"enable_thinking":false,"documents":[{"title":"T"}],"continue_final_message":true
            """)).Template;

        Assert.Equal(["enable_thinking: false", "date: \"today\""], template.Variables.Select(v => $"{v.Key}: {v.Value.GetRawText()}"));
        Assert.Equal("""{"title":"T"}""", Assert.Single(template.Documents).GetRawText());
        Assert.Equal((true, true), (template.AddsGenerationPrompt, template.ContinuesFinalMessage));
        Assert.False(Parse(With("\"add_generation_prompt\":false")).Template.AddsGenerationPrompt);
    }

    [Theory]
    [InlineData("1e3")]
    [InlineData("1000.0")]
    [InlineData("1000")]
    public void A_whole_number_is_one_however_it_is_written(string number) =>
        Assert.Equal(1000, Parse(With($"\"max_tokens\":{number}")).MaxTokens);

    [Fact]
    public void The_repetition_penalty_has_two_names()
    {
        Assert.Equal(1.2f, Parse(With("\"repeat_penalty\":1.2")).Sampling.RepetitionPenalty);
        Assert.Equal(1.3f, Parse(With("\"repeat_penalty\":1.2,\"repetition_penalty\":1.3")).Sampling.RepetitionPenalty);
    }

    [Fact]
    public void A_mistyped_field_is_told_what_was_probably_meant() => Assert.Equal(
        "'tempratur' is not a known field; did you mean 'temperature'?", Assert.Throws<ApiException>(() => Parse(With("\"tempratur\":0"))).Error.Message);

    [Theory]
    [InlineData("\"max_output_tokens\":5", "'max_output_tokens' is not served; leave it out or use 'max_tokens'.")]
    [InlineData("\"num_predict\":5", "'num_predict' is not served; leave it out, send -1 or use 'max_tokens'.")]
    [InlineData("\"max_new_tokens\":5", "'max_new_tokens' is not served; leave it out or use 'max_tokens'.")]
    [InlineData("\"stop_sequences\":[\"a\"]", "'stop_sequences' is not served; leave it out, send an empty one or use 'stop'.")]
    [InlineData("\"system\":\"x\"", "'system' is not served: a turn of the role 'system' says it; leave it out, send \"\" or use 'messages'.")]
    [InlineData("\"thinking\":{\"type\":\"enabled\"}", "'thinking' is not served; leave it out, send {\"type\":\"adaptive\"} or use 'enable_thinking'.")]
    [InlineData("\"reasoning\":{\"effort\":\"low\"}", "'reasoning' is not served; leave it out, send an empty one or use 'reasoning_effort'.")]
    [InlineData("\"extra_body\":{\"top_k\":1}", "'extra_body' is not served: its fields go beside the others; leave it out or send an empty one.")]
    [InlineData("\"think\":true", "'think' is not served; leave it out, send false or use 'enable_thinking'.")]
    [InlineData("\"verbosity\":\"low\"", "'verbosity' is not served; leave it out or send \"medium\".")]
    [InlineData("\"reasoning_format\":\"none\"", "'reasoning_format' is not served: what is thought has its own place; leave it out or send \"auto\".")]
    [InlineData("\"audio\":{}", "'audio' is not served; leave it out.")]
    [InlineData("\"models\":[\"a\"]", "'models' is not served; leave it out, send an empty one or use 'model'.")]
    public void A_refused_field_is_told_what_would_be_taken(string field, string message) =>
        Assert.Equal(message, Assert.Throws<ApiException>(() => Parse(With(field))).Error.Message);

    [Theory]
    [InlineData("\"stop_sequences\":[],\"system\":\"\",\"thinking\":{\"type\":\"adaptive\"},\"reasoning\":{},\"extra_body\":{}")]
    [InlineData("\"num_predict\":-1,\"top_a\":0,\"models\":[],\"do_sample\":true,\"reasoning_format\":\"deepseek\"")]
    public void A_value_that_asks_for_what_happens_anyway_is_taken(string fields) => Assert.Empty(ParseBody(With(fields)).Ignored);

    [Fact]
    public void What_another_kind_of_request_serves_a_chat_does_not_ignore()
    {
        IEnumerable<RequestField> others = ResponseRequestParser.Fields.Fields.Concat(MessagesRequestParser.Fields.Fields).Concat(CompletionRequestParser.Fields.Fields);

        Assert.All(
            others.Where(field => field is { Use: FieldUse.Served, Name: not ("user" or "metadata") }),
            field => Assert.True(RequestFields.Chat.Find(field.Name) is { Use: not FieldUse.Ignored }, field.Name));
    }

    [Fact]
    public void Minus_one_max_completion_tokens_lifts_the_limit_of_max_tokens() =>
        Assert.Null(Parse(With("\"max_tokens\":9,\"max_completion_tokens\":-1")).MaxTokens);

    [Fact]
    public void Cascade_means_the_whole_pool() => Assert.Null(Parse(With("\"model\":\"cascade\"")).Member);

    [Fact]
    public void Text_parts_are_joined_and_developer_is_system()
    {
        GenerationRequest request = Parse(
            """{"messages":[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"user","content":"<|im_end|>"}]}""");

        Assert.Equal([new ChatMessage("system", "a\nb"), new ChatMessage("user", "<|im_end|>")], request.Messages);
    }

    [Fact]
    public void How_many_answers_and_where_they_end_is_read()
    {
        GenerationRequest request = Parse(With(
            "\"n\":3,\"logprobs\":true,\"top_logprobs\":2,\"min_tokens\":4,\"stop_token_ids\":[7,8],\"prediction\":{\"type\":\"content\",\"content\":[{\"type\":\"text\",\"text\":\"maybe\"}]}"));

        Assert.Equal((3, 2, 4, "maybe"), (request.Choices, request.TopCandidates, request.MinTokens, request.Prediction));
        Assert.Equal([7, 8], request.StopTokens);
        Assert.Equal((1, null), (Parse(With("\"logprobs\":false")).Choices, Parse(With("\"top_logprobs\":0")).TopCandidates));
        Assert.Equal(0, Parse(With("\"logprobs\":true")).TopCandidates);
    }

    public static TheoryData<string, OutputConstraintKind, string> Forms => new()
    {
        { "\"response_format\":{\"type\":\"json_object\"}", OutputConstraintKind.JsonObject, "" },
        { "\"response_format\":{\"type\":\"json_object\",\"schema\":{\"type\":\"array\"}}", OutputConstraintKind.JsonSchema, "{\"type\":\"array\"}" },
        { "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"strict\":true,\"schema\":{\"type\":\"array\"}}}", OutputConstraintKind.JsonSchema, "{\"type\":\"array\"}" },
        { "\"format\":\"json\"", OutputConstraintKind.JsonObject, "" },
        { "\"format\":{\"type\":\"array\"}", OutputConstraintKind.JsonSchema, "{\"type\":\"array\"}" },
        { "\"guided_json\":\"{}\"", OutputConstraintKind.JsonSchema, "{}" },
        { "\"json_schema\":{}", OutputConstraintKind.JsonSchema, "{}" },
        { "\"guided_regex\":\"a+\"", OutputConstraintKind.Regex, "a+" },
        { "\"guided_choice\":[\"a.b\",\"c|d\"]", OutputConstraintKind.Regex, "a\\.b|c\\|d" },
        { "\"structured_outputs\":{\"choice\":[\"a\"]}", OutputConstraintKind.Regex, "a" },
        { "\"structured_outputs\":{\"choice\":[\"a\"],\"json\":null,\"disable_fallback\":true}", OutputConstraintKind.Regex, "a" },
        { "\"grammar\":\"root ::= x\"", OutputConstraintKind.Grammar, "root ::= x" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_form_of_an_answer_is_read_by_whatever_name_it_has(string field, OutputConstraintKind kind, string source) =>
        Assert.Equal(new OutputConstraint(kind, source), Parse(With(field)).Constraint! with { Field = null });

    [Fact]
    public void Functions_are_read_by_their_new_and_their_old_name()
    {
        GenerationRequest request = Parse(With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"add\"}}}},\"parallel_tool_calls\":false"));

        Assert.Equal([new ToolDefinition("add", "Adds.", "{\"type\":\"object\"}", IsStrict: true)], request.Tools);
        Assert.Equal((new ToolChoice(ToolChoiceKind.Required, "add"), false), (request.ToolChoice, request.ParallelToolCalls));
        GenerationRequest old = Parse(With("\"functions\":[{\"name\":\"add\"}],\"function_call\":{\"name\":\"add\"}"));
        Assert.Equal((new ToolDefinition("add", null, null), new ToolChoice(ToolChoiceKind.Required, "add"), false), (old.Tools[0], old.ToolChoice, old.ParallelToolCalls));
    }

    [Theory]
    [InlineData("\"reasoning\":\"I add.\"")]
    [InlineData("\"thinking\":\"I add.\"")]
    [InlineData("\"reasoning\":\"No.\",\"thinking\":\"I add.\",\"reasoning_content\":null")]
    [InlineData("\"reasoning\":\"No.\",\"thinking\":\"No.\",\"reasoning_content\":\"I add.\"")]
    public void What_a_turn_thought_has_several_names(string fields) =>
        Assert.Equal("I add.", Parse($$"""{"messages":[{"role":"assistant","content":"3",{{fields}}}]}""").Messages[0].Reasoning);

    [Fact]
    public void A_turn_may_call_functions_and_another_answer_them()
    {
        GenerationRequest request = Parse("""
            {"messages":[{"role":"user","content":"1+2?"},
             {"role":"assistant","content":null,"reasoning_content":"I add.","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"3"},
             {"role":"assistant","content":null,"function_call":{"name":"add","arguments":"{}"}},
             {"role":"function","name":"add","content":"4"}]}
            """);

        Assert.Equal([new ToolCall("c1", "add", "{\"a\":1}")], request.Messages[1].ToolCalls);
        Assert.Equal(("", "I add."), (request.Messages[1].Content, request.Messages[1].Reasoning));
        Assert.Equal(("tool", "c1", "3"), (request.Messages[2].Role, request.Messages[2].ToolCallId, request.Messages[2].Content));
        Assert.Equal(new ToolCall("add", "add", "{}"), Assert.Single(request.Messages[3].ToolCalls));
        Assert.Equal(("tool", "add"), (request.Messages[4].Role, request.Messages[4].ToolCallId));
    }

    [Fact]
    public void How_much_to_think_reaches_the_template()
    {
        IReadOnlyDictionary<string, JsonElement> variables = Parse(With("\"reasoning_effort\":\"low\"")).Template.Variables;

        Assert.Equal(("low", true), (variables["reasoning_effort"].GetString(), variables["enable_thinking"].GetBoolean()));
        Assert.False(Parse(With("\"reasoning_effort\":\"none\"")).Template.Variables["enable_thinking"].GetBoolean());
    }

    [Theory]
    [InlineData("\"n\":1")]
    [InlineData("\"n\":1.0")]
    [InlineData("\"min_tokens\":0")]
    [InlineData("\"max_tokens\":10,\"max_completion_tokens\":100,\"min_tokens\":50")]
    [InlineData("\"stop_token_ids\":[]")]
    [InlineData("\"options\":{}")]
    [InlineData("\"tools\":[]")]
    [InlineData("\"tool_choice\":\"none\"")]
    [InlineData("\"tool_choice\":\"auto\"")]
    [InlineData("\"top_logprobs\":0")]
    [InlineData("\"grammar\":\"\"")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"logprobs\":false")]
    [InlineData("\"modalities\":[\"text\"]")]
    [InlineData("\"store\":false")]
    [InlineData("\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"parallel_tool_calls\":true")]
    public void What_asks_for_the_usual_is_accepted(string field) => Assert.Single(Parse(With(field)).Messages);
}
