using System.Text;

using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Requests;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

public sealed class ChatRequestParserTests
{
    private const string Messages = """
        "messages":[{"role":"user","content":"hi"}]
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
        { """{"messages":[{"role":"tool","content":"hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"function","content":"hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"user"}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null}]}""", "messages[1].content" },
        { """{"messages":[{"role":"user","content":7}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":[]}]}""", "messages[0].content" },
        { """{"messages":[{"role":"user","content":[null]}]}""", "messages[0].content[0]" },
        { """{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text" },
        { """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"assistant","content":"a","tool_calls":[{}]}]}""", "messages[0].tool_calls" },
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
        { With("\"n\":2"), "n" },
        { With("\"n\":1000000000"), "n" },
        { With("\"n\":0"), "n" },
        { With("\"tools\":[{}]"), "tools" },
        { With("\"tool_choice\":\"required\""), "tool_choice" },
        { With("\"functions\":[{}]"), "functions" },
        { With("\"response_format\":{\"type\":\"json_object\"}"), "response_format" },
        { With("\"response_format\":7"), "response_format" },
        { With("\"logprobs\":true"), "logprobs" },
        { With("\"top_logprobs\":2000000000"), "top_logprobs" },
        { With("\"modalities\":[\"text\",\"audio\"]"), "modalities" },
        { With("\"audio\":{}"), "audio" },
        { With("\"prediction\":{}"), "prediction" },
        { With("\"store\":true"), "store" },
        { With("\"grammar\":\"root ::= x\""), "grammar" },
        { With("\"guided_regex\":\"(a+)+\""), "guided_regex" },
        { With("\"user\":\"\\ud800\""), null },
        { With("\"unknown\":{\"\\udc00\":1}"), null },
        { With("\"seed\":1,\"seed\":2"), null },
        { With($"\"unknown\":{new string('[', 64)}{new string(']', 64)}"), null },
    };

    private static string With(string fields) => $"{{{Messages},{fields}}}";

    private static ChatCompletionRequest Parse(string json) => ChatRequestParser.Parse(Encoding.UTF8.GetBytes(json));

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void A_bad_request_is_400_and_names_its_field(string json, string? param)
    {
        ApiError error = Assert.Throws<ApiException>(() => Parse(json)).Error;

        Assert.Equal((400, "invalid_request_error", param), (error.Status, error.Type, error.Param));
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
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
            "model", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "stop", "seed",
            "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias", "stream", "stream_options",
            "ignore_eos", "user", .. UnservedFields.Names,
        ];

        ChatCompletionRequest request = Parse(With(string.Join(',', fields.Select(f => $"\"{f}\":null"))));

        Assert.Null(request.Model);
        Assert.Null(request.MaxTokens);
        Assert.Null(request.Seed);
        Assert.Equal(new(), request.Sampling);
        Assert.Empty(request.Stop);
        Assert.Empty(request.LogitBias);
        Assert.False(request.Stream || request.IncludeUsage || request.IgnoreEndOfSequence);
    }

    [Fact]
    public void Every_served_field_is_read()
    {
        ChatCompletionRequest request = Parse(With(
            """
            "model":"nano","max_tokens":9,"max_completion_tokens":5,"temperature":0.5,"top_p":0.9,"top_k":-1,"min_p":0.1,
            "stop":["a","b"],"seed":-1,"frequency_penalty":1,"presence_penalty":-1,"repetition_penalty":1.1,
            "logit_bias":{"7":-100},"stream":true,"stream_options":{"include_usage":true},"ignore_eos":true,"user":"me","x":1
            """));

        Assert.Equal("nano", request.Model);
        Assert.Equal(5, request.MaxTokens);
        Assert.Equal("max_completion_tokens", request.MaxTokensField);
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
        Assert.Equal(ulong.MaxValue, request.Seed);
        Assert.Equal(-100, request.LogitBias[7]);
        Assert.True(request.Stream && request.IncludeUsage && request.IgnoreEndOfSequence);
    }

    [Fact]
    public void Minus_one_max_completion_tokens_lifts_the_limit_of_max_tokens() =>
        Assert.Null(Parse(With("\"max_tokens\":9,\"max_completion_tokens\":-1")).MaxTokens);

    [Fact]
    public void Cascade_means_the_whole_pool() => Assert.Null(Parse(With("\"model\":\"cascade\"")).Model);

    [Fact]
    public void Text_parts_are_joined_and_developer_is_system()
    {
        ChatCompletionRequest request = Parse(
            """{"messages":[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"user","content":"<|im_end|>"}]}""");

        Assert.Equal([new ChatMessage("system", "a\nb"), new ChatMessage("user", "<|im_end|>")], request.Messages);
    }

    [Theory]
    [InlineData("\"n\":1")]
    [InlineData("\"tools\":[]")]
    [InlineData("\"tool_choice\":\"none\"")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"logprobs\":false")]
    [InlineData("\"modalities\":[\"text\"]")]
    [InlineData("\"store\":false")]
    [InlineData("\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"parallel_tool_calls\":true")]
    [InlineData("\"chat_template\":\"{{ evil }}\"")]
    public void What_asks_for_the_usual_is_accepted(string field) => Assert.Single(Parse(With(field)).Messages);
}
