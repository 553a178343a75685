using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Tests.Protocol;
using CascadeLocal.Server.Tests.Requests;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Requests that are wrong, to the default tier: each is refused with the reason, and the next one is served.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class WrongRequestTests(KeyedTier tier) : IClassFixture<KeyedTier>, IAsyncLifetime
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    // What a request of 64 KB may make the process take; what these ask for is thousands of times as much.
    private const long MostMemory = 256L << 20;

    private static readonly string[] Paths =
    [
        "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings", "/v1/cascade/decide",
        "/v1/feedback", "/tokenize", "/detokenize", "/apply-template", "/admin/pool", "/admin/policy",
    ];

    private CascadeProcess Server => tier.Server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (CascadeProcess.Missing is null)
            await Server.ServesAsync();
    }

    public static TheoryData<string> JsonPaths => new(Paths);

    [Theory]
    [MemberData(nameof(JsonPaths))]
    public async Task A_body_that_is_no_sound_json_is_400_wherever_it_is_sent(string path)
    {
        // Nothing at all reads the policy again there.
        foreach (byte[] body in Unsound().Where(body => body.Length > 0 || path != "/admin/policy"))
        {
            (HttpStatusCode status, string type) = await RefusalAsync(path, new ByteArrayContent(body));
            Assert.True((HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest) == (status, type), $"{(int)status} {type}: {Encoding.Latin1.GetString(body[..Math.Min(body.Length, 100)])}");
        }
    }

    private static IEnumerable<byte[]> Unsound()
    {
        string[] texts =
        [
            "", " ", "{", "}", "nothing", "[]", "null", "7", "\"x\"", "{\"a\":1,}", "{'a':1}", "{\"a\":1}{}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":Infinity}",
            "{\"a\":1,\"a\":2}", "// nothing\n{}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\0\"}", "\0",
            // Too deep: 65 levels, and as many as a body can hold.
            $"{{\"a\":{new string('[', 64)}{new string(']', 64)}}}", new string('[', 60_000), Repeat("{\"a\":", 12_000), $"{{\"messages\":{Repeat("[{\"a\":", 9_000)}",
            // Halves of surrogate pairs, in values and in names.
            "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\\ud800\"}", "{\"\\udfff\":1}", "{\"messages\":[{\"role\":\"user\",\"content\":\"hi \\ud83d\"}]}", "{\"model\":\"\\ud800x\"}",
            "{\"a\":{\"b\":[\"\\ud800\\u0041\"]}}",
        ];
        foreach (string text in texts)
            yield return Encoding.UTF8.GetBytes(text);
        byte[][] noUtf8 = [[0xff], [0xc0, 0xaf], [0xe4, 0xb8], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0xfe, 0xff]];
        foreach (byte[] bytes in noUtf8)
        {
            yield return [.. "{\"a\":\""u8, .. bytes, .. "\"}"u8];
            yield return [.. "{\""u8, .. bytes, .. "\":1}"u8];
            yield return [.. "{\"messages\":[{\"role\":\"user\",\"content\":\"a"u8, .. bytes, .. "\"}]}"u8];
            yield return bytes;
        }

        yield return Encoding.Unicode.GetBytes($"{{{Messages}}}");
    }

    [Fact]
    public async Task Json_that_is_deep_within_a_text_is_400_or_text()
    {
        string deep = $"{new string('[', 8_000)}{new string(']', 8_000)}", text = JsonSerializer.Serialize(deep), call = JsonSerializer.Serialize($"{{\"a\":{deep}}}");
        string[] bodies =
        [
            $"{{{Messages},\"guided_json\":{text}}}",
            $"{{\"messages\":[{{\"role\":\"user\",\"content\":{text}}}]}}",
            $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}},{{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{{\"id\":\"c\",\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":{call}}}}}]}},{{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":{text}}}]}}",
            $"{{{Messages},\"guided_regex\":{JsonSerializer.Serialize($"{new string('(', 8_000)}a{new string(')', 8_000)}")}}}",
            $"{{{Messages},\"grammar\":{JsonSerializer.Serialize($"root ::= {new string('(', 8_000)}\"a\"{new string(')', 8_000)}")}}}",
        ];
        foreach (string body in bodies)
            Assert.Equal((HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest), Kind(await Server.RefusedAsync(body)));
    }

    [Theory]
    [MemberData(nameof(JsonPaths))]
    public async Task A_body_over_the_cap_is_413_whether_its_length_is_said_or_not(string path)
    {
        byte[] body = Encoding.UTF8.GetBytes($"{{{Messages},\"user\":\"{new string('x', KeyedTier.BodyLimit)}\"}}");
        // Anthropic's API has a type of its own for it.
        string type = path.StartsWith("/v1/messages", StringComparison.Ordinal) ? "request_too_large" : ProcessRequests.InvalidRequest;
        foreach (ByteArrayContent content in new[] { new ByteArrayContent(body), new ByteArrayContent(ClientVarietyTests.Compress(new byte[20_000_000], "gzip")) })
        {
            if (content.Headers.ContentLength < body.Length)
                content.Headers.ContentEncoding.Add("gzip");
            Assert.Equal((HttpStatusCode.RequestEntityTooLarge, type), await RefusalAsync(path, content));
        }

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, type), await RefusalAsync(path, new ByteArrayContent(body), chunked: true));
    }

    [Fact]
    public async Task What_the_parser_refuses_the_process_refuses_with_the_fields_name()
    {
        foreach (TheoryDataRow<string, string?> bad in ChatRequestParserTests.BadRequests)
        {
            ErrorAnswer error = await Server.RefusedAsync(bad.Data.Item1);
            Assert.True(
                (HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest, bad.Data.Item2) == (error.Status, error.Type, error.Param), $"{bad.Data.Item1[..Math.Min(bad.Data.Item1.Length, 200)]}: {error}");
        }
    }

    [Theory]
    [InlineData("\"n\":129", "n")]
    [InlineData("\"n\":2147483647", "n")]
    [InlineData("\"n\":1e18", "n")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21", "top_logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":2147483647", "top_logprobs")]
    [InlineData("\"min_tokens\":1e300", "min_tokens")]
    [InlineData("\"stop\":[10000*]", "stop")]
    [InlineData("\"guided_choice\":[10000*]", "guided_choice")]
    [InlineData("\"stop_token_ids\":[10000#]", "stop_token_ids")]
    [InlineData("\"logit_bias\":{\"2147483647\":1}", "logit_bias")]
    [InlineData("\"tools\":[1000?]", "tools")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"string\",\"minLength\":9000000000000000000}}}", "response_format.json_schema.schema")]
    [InlineData("\"guided_regex\":\"[a-z]{0,99999}[0-9]{0,99999}(x|y|[^z]{0,99999}){0,99999}\"", "guided_regex")]
    public async Task What_is_asked_for_by_the_million_is_400_before_memory_is_taken_for_it(string fields, string? param)
    {
        string tool = "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}";
        fields = fields.Replace("10000*", Joined(10_000, "\"x\""), StringComparison.Ordinal).Replace("10000#", Joined(10_000, "7"), StringComparison.Ordinal)
            .Replace("1000?", Joined(1_000, tool), StringComparison.Ordinal);
        await Server.ServesAsync();
        long before = Server.PeakMemory();

        ErrorAnswer error = await Server.RefusedAsync($"{{{Messages},{fields},\"max_tokens\":8}}");

        Assert.Equal((HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest), Kind(error));
        Assert.Equal(param, error.Param);
        Assert.True(Server.PeakMemory() - before < MostMemory);
    }

    [Theory]
    [InlineData("\"guided_regex\":\"((((a{1000}){1000}){1000}){1000}){1000}\"", "^a+$")]
    [InlineData("\"guided_regex\":\"a{2000000000}\"", "^a+$")]
    [InlineData("\"guided_regex\":\"(a{0,2000000000}b){2000000000}\"", "^[ab]+$")]
    [InlineData("\"grammar\":\"root ::= ((((\\\"a\\\"{1000}){1000}){1000}){1000}){1000}\"", "^a+$")]
    [InlineData("\"guided_json\":{\"type\":\"array\",\"minItems\":2000000000,\"items\":{\"type\":\"boolean\"}}", "^[[ ,a-z]+$")]
    [InlineData("\"guided_json\":{\"type\":\"string\",\"minLength\":2000000000,\"pattern\":\"^a*$\"}", "^\"?a*$")]
    public async Task A_count_in_a_form_takes_no_memory_however_large_it_is(string field, string begins)
    {
        await Server.ServesAsync();
        long before = Server.PeakMemory();

        using HttpResponseMessage response = await Server.PostAsync($"{{\"model\":\"nano\",{Messages},{field},\"max_tokens\":32}}");

        Assert.True(Server.PeakMemory() - before < MostMemory);
        if (response.StatusCode == HttpStatusCode.BadRequest)
            return;
        JsonElement choice = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Matches(begins, choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("\"guided_regex\":\"(a\"")]
    [InlineData("\"guided_regex\":\"a**\"")]
    [InlineData("\"guided_regex\":\"[z-a]\"")]
    [InlineData("\"guided_regex\":\"((?=a)a)+\"")]
    [InlineData("\"guided_regex\":\"(a)\\\\1\"")]
    [InlineData("\"guided_regex\":\"a{2,1}\"")]
    [InlineData("\"guided_regex\":\"\\\\p{L}\"")]
    [InlineData("\"guided_regex\":\"[]\"")]
    [InlineData("\"grammar\":\"root ::= root \\\"x\\\" | \\\"y\\\"\"")]
    [InlineData("\"grammar\":\"root ::= a\\na ::= b\\nb ::= a\"")]
    [InlineData("\"grammar\":\"root ::= missing\"")]
    [InlineData("\"grammar\":\"start ::= \\\"x\\\"\"")]
    [InlineData("\"grammar\":\"root ::= \\\"x\"")]
    [InlineData("\"grammar\":\"root : \\\"x\\\" ;\"")]
    [InlineData("\"guided_json\":{\"type\":\"strin\"}")]
    [InlineData("\"guided_json\":{\"not\":{}}")]
    [InlineData("\"guided_json\":{\"type\":\"array\",\"uniqueItems\":true}")]
    [InlineData("\"guided_json\":{\"$ref\":\"#\"}")]
    [InlineData("\"guided_json\":{\"$ref\":\"#/nowhere\"}")]
    [InlineData("\"guided_json\":{\"$ref\":\"http://127.0.0.1:1/schema\"}")]
    [InlineData("\"guided_json\":{\"$ref\":\"file:///etc/passwd\"}")]
    [InlineData("\"guided_json\":false")]
    [InlineData("\"guided_json\":{\"enum\":[]}")]
    [InlineData("\"guided_json\":{\"type\":\"integer\",\"minimum\":5,\"maximum\":4}")]
    [InlineData("\"guided_json\":{\"type\":\"string\",\"pattern\":\"(\"}")]
    [InlineData("\"guided_json\":{\"type\":\"string\",\"format\":\"iri\"}")]
    [InlineData("\"guided_json\":\"{\"")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"not\":{}}}}],\"tool_choice\":\"required\"")]
    public async Task A_form_that_cannot_be_kept_to_is_400_and_never_an_answer_without_it(string field)
    {
        foreach (string stream in (string[])["false", "true"])
            Assert.Equal((HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest), Kind(await Server.RefusedAsync($"{{{Messages},{field},\"max_tokens\":8,\"stream\":{stream}}}")));
    }

    [Theory]
    [InlineData("^((a+)+)+$")]
    [InlineData("(a|a)*(a|aa)*b?")]
    [InlineData("(([a-z])+.)+[A-Z]([a-z])+")]
    [InlineData("(.*)*x")]
    [InlineData("(a?){30}a{30}")]
    [InlineData("((((a*)*)*)*)*b")]
    public async Task A_regex_of_nested_quantifiers_is_400_or_holds_and_takes_no_time_that_grows(string regex)
    {
        string field = JsonSerializer.Serialize(regex);
        await Server.ServesAsync();
        long before = Server.PeakMemory();
        using HttpResponseMessage response = await Server.PostAsync($"{{\"model\":\"nano\",{Messages},\"guided_regex\":{field},\"max_tokens\":64,\"seed\":1,\"temperature\":1}}");
        Assert.True(Server.PeakMemory() - before < MostMemory);
        JsonElement answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        if (response.StatusCode == HttpStatusCode.BadRequest)
            return;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonElement choice = answer.GetProperty("choices")[0];
        if (choice.GetProperty("finish_reason").GetString() == "stop")
            Assert.Matches(new System.Text.RegularExpressions.Regex($"^(?:{regex})$", System.Text.RegularExpressions.RegexOptions.NonBacktracking), choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("huge")]
    [InlineData("../nano")]
    [InlineData("..")]
    [InlineData("./nano")]
    [InlineData("nano/../base")]
    [InlineData("..\\\\nano")]
    [InlineData("%2e%2e/nano")]
    [InlineData("nano.gguf")]
    [InlineData("/etc/passwd")]
    [InlineData("Nano")]
    [InlineData("nano ")]
    [InlineData("nano\\u0000")]
    [InlineData("")]
    [InlineData("\\u6a21\\u578b\\r\\nx-evil: 1")]
    public async Task A_model_that_is_not_there_is_404(string model)
    {
        foreach (string path in (string[])["/v1/chat/completions", "/v1/cascade/decide", "/apply-template"])
        {
            ErrorAnswer error = await Server.RefusedAsync($"{{\"model\":\"{model}\",{Messages}}}", path);
            Assert.Equal((HttpStatusCode.NotFound, "model", "model_not_found"), (error.Status, error.Param, error.Code));
        }

        ErrorAnswer bare = await Server.RefusedAsync($"{{\"model\":\"{model}\",\"prompt\":\"x\"}}", "/v1/completions");
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (bare.Status, bare.Code));
    }

    [Theory]
    [InlineData("..%2fnano")]
    [InlineData("%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("huge")]
    public async Task A_model_that_is_not_there_is_404_when_it_is_looked_at(string id)
    {
        using HttpResponseMessage response = await Server.SendAsync(new(HttpMethod.Get, $"/v1/models/{id}"));

        Assert.InRange((int)response.StatusCode, 400, 404);
        Assert.Equal(ProcessRequests.InvalidRequest, (await ErrorAnswer.ReadAsync(response)).Type);
    }

    [Theory]
    [InlineData("cascade")]
    [InlineData("nano")]
    [InlineData("base")]
    public async Task A_prompt_that_leaves_no_room_is_400_with_both_numbers_and_never_cut(string model)
    {
        string text = string.Concat(Enumerable.Range(0, 8_000).Select(i => $"{i % 977} ")), member = model == "cascade" ? "base" : model;
        int context = (await Server.GetAsync($"/v1/models/{member}")).GetProperty("context_length").GetInt32();
        (string Path, string Body)[] requests =
        [
            ("/v1/chat/completions", $"{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}"),
            ("/v1/chat/completions", $"{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}],\"stream\":true,\"max_tokens\":1}}"),
            ("/v1/cascade/decide", $"{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}"),
            ("/v1/completions", $"{{\"model\":\"{model}\",\"prompt\":\"{text}\"}}"),
            ("/v1/responses", $"{{\"model\":\"{model}\",\"input\":\"{text}\"}}"),
            ("/v1/messages", $"{{\"model\":\"{model}\",\"max_tokens\":5,\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}"),
        ];
        foreach ((string path, string body) in requests)
        {
            using HttpResponseMessage response = await Server.PostAsync(body, path);
            JsonElement error = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error");
            Assert.True((HttpStatusCode.BadRequest, ProcessRequests.InvalidRequest) == (response.StatusCode, error.GetProperty("type").GetString()), $"{path}: {error}");
            int[] numbers = [.. System.Text.RegularExpressions.Regex.Matches(error.GetProperty("message").GetString()!, "[0-9]+").Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
            Assert.True(numbers.Contains(context) && numbers.Any(n => n > context), $"{path}: {error}");
            if (path != "/v1/messages")
                Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Authorization", "Bearer")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Bearer wrong")]
    [InlineData("Authorization", "Bearer key-on")]
    [InlineData("Authorization", "Bearer key-onee")]
    [InlineData("Authorization", "Bearer KEY-ONE")]
    [InlineData("Authorization", "Bearer key-one,key-two")]
    [InlineData("Authorization", "Basic a2V5LW9uZTo=")]
    [InlineData("Authorization", "key-one")]
    [InlineData("Authorization", "Bearer boss")]
    [InlineData("x-api-key", "wrong")]
    [InlineData("api-key", "key-one")]
    public async Task A_missing_or_wrong_key_is_401(string? header, string? value)
    {
        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])[.. Paths.Where(p => !p.StartsWith("/admin", StringComparison.Ordinal)).Select(p => (HttpMethod.Post, p)), (HttpMethod.Get, "/v1/models"), (HttpMethod.Get, "/metrics"), (HttpMethod.Post, "/v1/chat/completions?api_key=key-one")])
        {
            HttpRequestMessage request = new(method, path) { Content = method == HttpMethod.Post ? new StringContent($"{{{Messages}}}") : null };
            if (header is not null)
                request.Headers.TryAddWithoutValidation(header, value);
            using HttpClient stranger = new() { BaseAddress = Server.Client.BaseAddress };
            using HttpResponseMessage response = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
            string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{path}: {(int)response.StatusCode} {body}");
            if (path != "/v1/messages" && path != "/v1/messages/count_tokens")
                Assert.Equal("invalid_api_key", JsonElement.Parse(body).GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task The_admin_key_opens_only_admin_and_the_others_do_not_open_it()
    {
        (string? Key, HttpStatusCode Status)[] keys =
            [(null, HttpStatusCode.Unauthorized), ("wrong", HttpStatusCode.Unauthorized), (KeyedTier.Key, HttpStatusCode.Unauthorized), (KeyedTier.AdminKey, HttpStatusCode.OK)];
        foreach ((string? key, HttpStatusCode status) in keys)
        {
            using HttpClient client = new() { BaseAddress = Server.Client.BaseAddress };
            if (key is not null)
                client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            using HttpResponseMessage response = await client.GetAsync(new Uri("/admin/policy", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(status == response.StatusCode, $"{key}: {(int)response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost.evil.example")]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "127.0.0.1.evil.example:80")]
    [InlineData("Host", "localhost.evil.example")]
    public async Task Another_origin_and_another_host_are_403(string header, string value)
    {
        foreach (HttpMethod method in new[] { HttpMethod.Post, HttpMethod.Options })
        {
            HttpRequestMessage request = new(method, ProcessRequests.Chat) { Content = new StringContent($"{{{Messages}}}", Encoding.UTF8, "text/plain") };
            request.Headers.TryAddWithoutValidation(header, value);
            using HttpResponseMessage response = await Server.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task What_one_key_has_cached_no_other_key_finds()
    {
        string body = $"{{\"model\":\"base\",\"messages\":[{{\"role\":\"user\",\"content\":\"{Repeat("A secret of key one. ", 8)}\"}}],\"max_tokens\":1,\"temperature\":0}}";

        async Task<int> CachedAsync(string key)
        {
            HttpRequestMessage request = new(HttpMethod.Post, ProcessRequests.Chat) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using HttpResponseMessage response = await Server.SendAsync(request);
            JsonElement answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
        }

        int[] cached = [await CachedAsync("key-one"), await CachedAsync("key-two"), await CachedAsync("key-one"), await CachedAsync("key-two")];
        // What the template begins every prompt with is no secret, but salted too.
        Assert.Equal(0, cached[1]);
        Assert.True(cached[2] > 32 && cached[3] > 32, string.Join(", ", cached));
    }

    [Theory]
    [InlineData("\"chat_template\":\"{{ messages }}\"")]
    [InlineData("\"chat_template_kwargs\":{\"chat_template\":\"{{ 1 }}\"}")]
    [InlineData("\"chat_template_kwargs\":{\"messages\":[]}")]
    public async Task A_template_of_the_clients_own_changes_no_prompt(string field)
    {
        string plain = await PromptAsync($"{{{Messages}}}");
        using HttpResponseMessage response = await Server.PostAsync($"{{{Messages},{field}}}", "/apply-template");

        if (response.StatusCode != HttpStatusCode.BadRequest)
            Assert.Equal(plain, await PromptAsync($"{{{Messages},{field}}}"));
    }

    private async Task<string> PromptAsync(string body) => (await Server.ServedAsync(body, "/apply-template")).GetProperty("prompt").GetString()!;

    private async Task<(HttpStatusCode Status, string Type)> RefusalAsync(string path, ByteArrayContent content, bool chunked = false)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        if (path.StartsWith("/admin", StringComparison.Ordinal))
            request.Headers.Authorization = new("Bearer", KeyedTier.AdminKey);
        using HttpResponseMessage response = await Server.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using JsonDocument body = JsonDocument.Parse(text.Length > 0 ? text : "{\"error\":{\"type\":\"none\"}}");
        return (response.StatusCode, body.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("type").GetString()! : text);
    }

    private static (HttpStatusCode Status, string Type) Kind(ErrorAnswer error) => (error.Status, error.Type);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static string Joined(int count, string item) => string.Join(',', Enumerable.Repeat(item, count));
}

/// <summary>The default tier behind two keys and an admin key, with a decision log.</summary>
public sealed class KeyedTier : SharedProcess
{
    public const string Key = "key-one";

    public const string AdminKey = "boss";

    public const int BodyLimit = 65_536;

    protected override async Task<CascadeProcess> StartAsync()
    {
        CascadeProcess server = await CascadeProcess.ServeAsync(
            "--api-key", $"{Key},key-two", "--admin-key", AdminKey, "--body-limit", BodyLimit.ToString(CultureInfo.InvariantCulture),
            "--decision-log", Folder.File("decisions.jsonl"), "--threads", "1");
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        return server;
    }
}
