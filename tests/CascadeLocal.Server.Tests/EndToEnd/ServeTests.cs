using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

[Collection(EndToEndCollection.Name)]
public sealed class ServeTests
{
    private const string Question = "What is 12 + 30?";

    private static async Task<JsonElement> AskAsync(CascadeProcess server, object request)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(new Uri("/v1/chat/completions", UriKind.Relative), request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string Model(JsonElement answer) => answer.GetProperty("model").GetString()!;

    private static object Ask(string question, bool stream = false, int? maxTokens = null, bool ignoreEos = false, string? model = null) => new
    {
        model,
        messages = new[] { new { role = "user", content = question } },
        stream,
        max_tokens = maxTokens,
        ignore_eos = ignoreEos,
        temperature = 0,
    };

    [Fact]
    public async Task A_question_is_answered_the_same_whole_and_streamed()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();

        JsonElement whole = await AskAsync(server, Ask(Question));
        string text = whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), Ask(Question, stream: true), TestContext.Current.CancellationToken);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        string streamed = string.Concat((await reader.RestAsync())
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out JsonElement content) ? content.GetString() : ""));

        Assert.NotEmpty(text);
        Assert.Equal(text, streamed);
    }

    [Fact]
    public async Task A_template_file_replaces_the_models_own_and_a_broken_one_is_passed_over()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("broken.jinja"), "line 1\n{{ messages | shorten }}");
        File.WriteAllText(folder.File("other.jinja"), "{% for m in messages %}{{ m.content | upper }}{% endfor %}");
        string tier = RepositoryPaths.DefaultTier;
        File.WriteAllText(folder.File("cascade.json"), JsonSerializer.Serialize(new
        {
            policy = folder.File("none"),
            pool = new object[]
            {
                new { name = "base", path = Path.Combine(tier, "base.gguf"), chat_template = "broken.jinja" },
                new { name = "nano", path = Path.Combine(tier, "nano.gguf"), chat_template = "other.jinja" },
                new { name = "small", path = Path.Combine(tier, "small.gguf") },
            },
        }));
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--config", folder.File("cascade.json"));

        Assert.Equal("small", Model(await AskAsync(server, Ask(Question, maxTokens: 4))));
        JsonElement bare = await AskAsync(server, Ask("abc", maxTokens: 1, model: "nano"));
        Assert.InRange(bare.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), 1, 4);
        using HttpResponseMessage refused = await server.Client.PostAsJsonAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), Ask(Question, model: "base"), TestContext.Current.CancellationToken);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(refused);
        Assert.Equal((HttpStatusCode.BadRequest, "chat_template_error"), (error.Status, error.Code));
        Assert.Contains("line 2: No filter named 'shorten'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sixteen_requests_are_answered_in_one_batch()
    {
        // Prompts are not held back beside decodes, and answers are long, so that nobody has ended before the last one begins.
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--parallel", "16", "--prefill-slowdown", "1000");

        JsonElement[] answers = await Task.WhenAll(Enumerable.Range(0, 16)
            .Select(i => AskAsync(server, Ask($"What is {i + 11} + 30?", maxTokens: 200, ignoreEos: true, model: "base"))));

        Assert.All(answers, answer => Assert.Equal("base", Model(answer)));
        Assert.Equal(16, await server.GetHealthAsync("base", "peak_decode_batch"));
    }

    [Fact]
    public async Task Later_turns_of_a_conversation_find_the_earlier_ones_in_the_cache()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        List<object> messages = [];
        List<(int Prompt, int Cached)> turns = [];
        for (int turn = 0; turn < 10; turn++)
        {
            messages.Add(new { role = "user", content = $"What is {turn + 11} + 30?" });
            JsonElement answer = await AskAsync(server, new { model = "base", messages, temperature = 0, max_tokens = 8 });
            messages.Add(new { role = "assistant", content = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() });
            JsonElement usage = answer.GetProperty("usage");
            turns.Add((
                usage.GetProperty("prompt_tokens").GetInt32(),
                usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32()));
        }

        for (int turn = 1; turn < turns.Count; turn++)
        {
            Assert.True(turns[turn].Cached > turns[turn - 1].Cached, $"turn {turn}: {string.Join(", ", turns)}");
            Assert.True(turns[turn].Cached >= turns[turn - 1].Prompt - 8, $"turn {turn}: {string.Join(", ", turns)}");
        }
    }

    [Fact]
    public async Task Sigterm_during_a_stream_lets_it_finish_and_exits_0()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(Ask("Hello", stream: true, maxTokens: 200, ignoreEos: true)),
        };
        using HttpResponseMessage response = await server.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        await reader.NextAsync();

        await server.SignalAsync("TERM");
        List<string> rest = await reader.RestAsync();

        Assert.Equal("data: [DONE]", rest[^1]);
        Assert.Contains(rest, line => line.Contains("\"finish_reason\":\"length\"", StringComparison.Ordinal));
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task After_kill_9_a_new_start_serves_again()
    {
        int port;
        await using (CascadeProcess killed = await CascadeProcess.ServeAsync())
        {
            port = killed.Client.BaseAddress!.Port;
            await killed.SignalAsync("KILL");
            await killed.WaitForExitAsync();
        }

        await using CascadeProcess server = await CascadeProcess.ServeAsync("--port", port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(port, server.Client.BaseAddress!.Port);
        await AskAsync(server, Ask(Question));
    }

    [Fact]
    public async Task A_corrupt_member_fails_and_the_others_serve()
    {
        CascadeProcess.RequireProgramAndTier();
        string good = Directory.EnumerateFiles(RepositoryPaths.DefaultTier, "*.gguf").First();
        string bad = Path.Combine(Path.GetTempPath(), $"corrupt-{Guid.NewGuid():N}.gguf");
        byte[] content = await File.ReadAllBytesAsync(good, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(bad, content[..(content.Length / 2)], TestContext.Current.CancellationToken);
        try
        {
            await using CascadeProcess server = await CascadeProcess.ServeAsync("--model", bad, "--model", good);

            JsonElement answer = await AskAsync(server, Ask(Question));
            using HttpResponseMessage pinned = await server.Client.PostAsJsonAsync(
                new Uri("/v1/chat/completions", UriKind.Relative),
                new { model = Path.GetFileNameWithoutExtension(bad), messages = new[] { new { role = "user", content = "x" } } },
                TestContext.Current.CancellationToken);

            Assert.Equal(Path.GetFileNameWithoutExtension(good), Model(answer));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ErrorAnswer.ReadAsync(pinned)).Status);
        }
        finally
        {
            File.Delete(bad);
        }
    }

    [Fact]
    public async Task A_port_in_use_is_one_sentence_and_exit_code_1()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        (int exitCode, _, string errors) = await CascadeProcess.RunAsync(
            "serve", "--model", "not-looked-at.gguf", "--port", port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal((1, $"Cannot listen on 127.0.0.1 port {port}: it is in use."), (exitCode, errors));
    }
}
