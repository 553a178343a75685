using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Tests.Protocol;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>What clients, probes and operators really send, to the default tier and to a pool of small contexts.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ClientFaultTests(ShortContexts shorts) : IClassFixture<ShortContexts>
{
    private const string Question = "{\"messages\":[{\"role\":\"user\",\"content\":\"What is 3 + 4?\"}],\"temperature\":0}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private CascadeProcess Server => shorts.Server;

    private static string With(string fields) => $"{Question[..^1]},{fields}}}";

    [Theory]
    [InlineData("\"max_tokens\":600")]
    [InlineData("\"max_tokens\":4096")]
    [InlineData("\"max_tokens\":2147483647")]
    [InlineData("\"max_completion_tokens\":100000")]
    [InlineData("\"max_tokens\":-1")]
    [InlineData("\"max_tokens\":null")]
    [InlineData("\"max_tokens\":1e3")]
    [InlineData("\"max_tokens\":1000.0")]
    public async Task A_cap_is_a_ceiling_and_changes_neither_who_answers_nor_what_is_promised(string cap)
    {
        JsonElement plain = await Server.ServedAsync(Question), capped = await Server.ServedAsync(With(cap));
        JsonElement pinned = await Server.ServedAsync(With($"{cap},\"model\":\"nano\""));

        Assert.Equal(Told(plain), Told(capped));
        Assert.Equal("nano", pinned.GetProperty("model").GetString());

        static (string?, string?, string?) Told(JsonElement answer) => (
            answer.GetProperty("model").GetString(), answer.GetProperty("cascade").GetProperty("guarantee").GetString(),
            answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task An_answer_that_comes_to_the_end_of_the_context_ends_there()
    {
        int context = (await Server.GetAsync("/v1/models/nano")).GetProperty("context_length").GetInt32();

        JsonElement answer = await Server.ServedAsync(With("\"model\":\"nano\",\"max_tokens\":100000,\"ignore_eos\":true"));

        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(context, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task A_prompt_that_fits_only_the_larger_members_is_decided_as_it_is_answered()
    {
        string text = string.Concat(Enumerable.Repeat("12 + 30 and ", 30));
        string body = $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}],\"temperature\":0,\"max_tokens\":4}}";
        Assert.Equal("context_length_exceeded", (await Server.RefusedAsync($"{body[..^1]},\"model\":\"nano\"}}")).Code);

        JsonElement decided = await Server.ServedAsync(body, "/v1/cascade/decide"), answered = await Server.ServedAsync(body);

        Assert.NotEqual("nano", decided.GetProperty("model").GetString());
        Assert.DoesNotContain("nano", TwoProcesses.StepsOf(answered));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/nano")]
    [InlineData("/metrics")]
    [InlineData("/")]
    public async Task HEAD_is_GET_without_a_body(string path)
    {
        using HttpResponseMessage response = await Server.SendAsync(new(HttpMethod.Head, path));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("gzip", true, 200)]
    [InlineData("br", true, 200)]
    [InlineData("deflate", true, 200)]
    [InlineData("identity", true, 200)]
    [InlineData("br", false, 400)]
    [InlineData("gzip", false, 400)]
    [InlineData("zstd", false, 415)]
    public async Task An_encoded_body_is_decoded_and_one_that_is_not_what_it_says_is_refused(string encoding, bool isEncoded, int status)
    {
        byte[] body = Encoding.UTF8.GetBytes(With("\"max_tokens\":1"));
        using HttpResponseMessage response = await Server.PostAsync(isEncoded ? ClientVarietyTests.Compress(body, encoding) : body, encoding: encoding);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_is_passed_over()
    {
        using HttpResponseMessage response = await Server.PostAsync([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(With("\"max_tokens\":1"))]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET /health HTTP/1.0\r\n\r\n", "200")]
    [InlineData("GET /ready HTTP/1.0\r\n\r\n", "200")]
    [InlineData("HEAD /ready HTTP/1.0\r\n\r\n", "200")]
    [InlineData("GET /v1/models HTTP/1.0\r\n\r\n", "403")]
    [InlineData("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n", "505")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n", "400")]
    public async Task What_is_written_by_hand_is_answered(string request, string status)
    {
        using RawClient client = await RawClient.ConnectAsync(Server);
        await client.SendAsync(request);
        await client.ReadAsync(until: "\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", client.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"n\":\"1\"", "n", "integer")]
    [InlineData("\"max_tokens\":\"5\"", "max_tokens", "integer")]
    [InlineData("\"max_tokens\":5.5", "max_tokens", "integer")]
    [InlineData("\"top_p\":\"NaN\"", "top_p", "number")]
    [InlineData("\"top_p\":1e999", "top_p", "1")]
    [InlineData("\"tempratur\":0", "tempratur", "'temperature'")]
    [InlineData("\"max_token\":5", "max_token", "'max_tokens'")]
    [InlineData("\"n_predict\":9", "n_predict", "n_predict")]
    [InlineData("\"mirostat\":2", "mirostat", "mirostat")]
    public async Task A_field_of_another_type_or_name_is_refused_with_what_it_should_be(string field, string param, string named)
    {
        ErrorAnswer error = await Server.RefusedAsync(With(field));

        Assert.Equal((HttpStatusCode.BadRequest, param), (error.Status, error.Param));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_that_would_change_the_answer_change_it_and_the_others_are_named()
    {
        JsonElement plain = await Server.ServedAsync(With("\"model\":\"base\",\"max_tokens\":40"));
        JsonElement longer = await Server.ServedAsync(With("\"model\":\"base\",\"max_tokens\":40,\"min_tokens\":40"));
        JsonElement forms = await Server.ServedAsync(With("\"model\":\"base\",\"max_tokens\":60,\"format\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":99}"));
        using HttpResponseMessage ignored = await Server.PostAsync(With("\"max_tokens\":1,\"user\":\"me\",\"wild,card\":1"));

        Assert.Equal(40, longer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.NotEqual(40, plain.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Matches("^[0-9]{1,2}$", forms.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("user, wild%2Ccard", string.Join(';', ignored.Headers.GetValues("x-cascade-ignored")));
    }

    [Fact]
    public async Task A_client_that_resets_in_mid_upload_is_gone_and_no_error()
    {
        int before = Server.Log.Count;
        foreach (string head in (string[])["Content-Length: 1000", "Transfer-Encoding: chunked"])
        {
            using RawClient client = await RawClient.ConnectAsync(Server);
            await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n{head}\r\n\r\n");
            // It says that it reads.
            await client.ReadAsync(until: "100 Continue");
            await client.SendAsync(head.StartsWith('C') ? "{\"mess" : "6\r\n{\"mess\r\n");
            client.Leave(reset: true);
        }

        await Wait.UntilAsync(() => Since(before).Count(line => line.Contains("client gone", StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(Since(before), line => line.Contains("error:", StringComparison.Ordinal));

        IEnumerable<string> Since(int count) => Server.Log.Skip(count);
    }

    [Fact]
    public async Task An_idle_server_says_the_same_to_the_same_every_time()
    {
        string body = "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of 17 and 4.\"}],\"temperature\":0,\"max_tokens\":48,\"ignore_eos\":true}";
        // Several sequences hold the beginning.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Server.ServedAsync(body)));
        // The first of them may still begin with a longer part of it than the later ones.
        await Server.ServedAsync(body);

        HashSet<string> answers = [];
        for (int i = 0; i < 24; i++)
            answers.Add((await Server.ServedAsync(body)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);

        Assert.Single(answers);
    }

    [Theory]
    [InlineData("CASCADE_API_KEYS=x", "{}", "CASCADE_API_KEY")]
    [InlineData("CASCADE_PROT=1", "{}", "CASCADE_PORT")]
    [InlineData("NOTHING=1", "{\"pool\":[]}", "pool")]
    [InlineData("NOTHING=1", "{\"prot\":1}", "'port'")]
    [InlineData("NOTHING=1", "{\"port\":1,\"port\":2}", "port")]
    [InlineData("NOTHING=1", "{\"port\":", "")]
    public async Task A_configuration_with_a_slip_in_it_ends_the_start_with_the_reason(string variable, string file, string named)
    {
        CascadeProcess.RequireProgramAndTier();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("cascade.json"), file);

        (int exitCode, string output) = await ScriptRunner.RunAsync(
            Path.GetTempPath(), "env", variable, RepositoryPaths.Program, "serve", "--port", "0", "--config", folder.File("cascade.json"));

        Assert.Equal(2, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}

/// <summary>The default tier with contexts of 256, 512 and 1,024 tokens, and its policy.</summary>
public sealed class ShortContexts : SharedProcess
{
    protected override Task<CascadeProcess> StartAsync()
    {
        (string Name, int Context)[] members = [("nano", 256), ("small", 512), ("base", 1_024)];
        File.WriteAllText(Folder.File("cascade.json"), JsonSerializer.Serialize(new
        {
            policy = TwoProcesses.ShippedPolicy,
            threads = 1,
            pool = members.Select(m => new { name = m.Name, path = TwoProcesses.File(m.Name), ctx = m.Context }),
        }));
        return CascadeProcess.ServeAsync("--config", Folder.File("cascade.json"));
    }
}
