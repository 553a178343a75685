using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Json;
using CascadeLocal.Server.OpenApi;
using CascadeLocal.Server.Tests.Requests;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>What the document says of bodies, and what the parsers do.</summary>
public sealed partial class RequestSchemaTests
{
    // What a schema cannot say of a chat: fields that contradict each other, names that are given twice or not at all, the JSON itself.
    private static readonly HashSet<string> BeyondSchemas =
    [
        "stream_options", "min_tokens", "top_logprobs", "functions", "tools", "tool_choice", "tool_choice.function.name", "grammar", "continue_final_message",
        "logit_bias", "tempratur", "max_token", "Temperature",
    ];

    [Fact]
    public async Task Every_example_of_the_docs_is_what_the_document_takes()
    {
        DocumentSchemas document = await ReadDocumentAsync();
        (string File, Match Match)[] examples =
        [
            .. Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "docs"), "*.md").Append(Path.Combine(RepositoryPaths.Root, "README.md"))
                .SelectMany(file => ExamplePattern().Matches(File.ReadAllText(file)).Select(match => (file, match))),
        ];

        Assert.True(examples.Length >= 3);
        Assert.All(examples, example => Assert.True(document.TakesBody(example.Match.Groups[1].Value, example.Match.Groups[2].Value), $"{example.File}: {example.Match.Value}"));
    }

    [Fact]
    public async Task What_the_parser_of_chats_refuses_the_document_refuses_but_for_what_no_schema_says()
    {
        DocumentSchemas document = await ReadDocumentAsync();

        foreach ((string json, string? param) in ChatRequestParserTests.BadRequests.Select(row => row.Data))
        {
            // Numbers that no type holds are more than the library of schemas can judge.
            if (param is not null && !BeyondSchemas.Contains(param) && !json.Contains("1e999", StringComparison.Ordinal))
                Assert.False(document.TakesBody("/v1/chat/completions", json), json);
        }
    }

    [Fact]
    public async Task A_wrong_value_of_any_field_is_refused_by_its_name()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { LoadEmbedder = () => new LetterEmbedder() });
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);
        JsonNode?[] wrong = [7.5, true, "no word", new JsonArray(new JsonArray()), new JsonObject { ["type"] = new JsonArray() }];

        foreach (ApiOperation operation in Operations)
        {
            foreach (RequestField field in operation.Body!.Value.Fields.Fields.Where(field => field.Use != FieldUse.Ignored))
            {
                JsonObject body = JsonNode.Parse(Least(operation.Path))!.AsObject();
                JsonNode? value = wrong.FirstOrDefault(value => !document.TakesField(operation.Path, field.Name, value));
                Assert.True(value is not null, $"{operation.Path} {field.Name} takes anything");
                body[field.Name] = value.DeepClone();
                await AssertRefusedAsync(server, operation.Path, body, $"'{field.Name}");
            }
        }
    }

    [Fact]
    public async Task What_is_required_is_required_and_no_more()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { LoadEmbedder = () => new LetterEmbedder() });

        foreach (ApiOperation operation in Operations)
        {
            JsonObject least = JsonNode.Parse(Least(operation.Path))!.AsObject();
            Assert.Equal(operation.Body!.Value.Fields.Fields.Where(field => field.IsRequired).Select(field => field.Name).Order(), least.Select(member => member.Key).Order());
            foreach (string name in least.Select(member => member.Key))
            {
                JsonObject body = least.DeepClone().AsObject();
                body.Remove(name);
                await AssertRefusedAsync(server, operation.Path, body, $"'{name}' is required");
            }
        }
    }

    // Those that scripted members can answer.
    private static IEnumerable<ApiOperation> Operations =>
        ApiOperations.All.Where(operation => operation.Body is not null && operation.Path.StartsWith("/v1", StringComparison.Ordinal));

    private static async Task AssertRefusedAsync(TestServer server, string path, JsonObject body, string named)
    {
        using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await server.Client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == 400 && text.Contains(named, StringComparison.Ordinal), $"{path} {body.ToJsonString()} -> {text}");
    }

    private static async Task<DocumentSchemas> ReadDocumentAsync()
    {
        await using TestServer server = await TestServer.StartAsync(awaitReady: false);
        return await DocumentSchemas.ReadAsync(server.Client);
    }

    private static string Least(string path) => path switch
    {
        "/v1/completions" => """{"prompt":"hi"}""",
        "/v1/responses" => """{"input":"hi"}""",
        "/v1/messages" => """{"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""",
        "/v1/embeddings" => """{"input":"hi"}""",
        "/v1/feedback" => """{"id":"a","correct":true}""",
        _ => TestServer.Hello,
    };

    [GeneratedRegex(@"curl localhost:8080(/\S+)[^\n]*?(?:\\\n[^\n]*?)?-d '(\{.*?\})'\s*$", RegexOptions.Multiline)]
    private static partial Regex ExamplePattern();
}
