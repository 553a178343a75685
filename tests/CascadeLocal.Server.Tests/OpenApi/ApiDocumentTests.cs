using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Json;
using CascadeLocal.Server.OpenApi;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

using Xunit;

namespace CascadeLocal.Server.Tests.OpenApi;

public sealed partial class ApiDocumentTests
{
    [Fact]
    public async Task The_document_is_valid_openapi_and_needs_no_key()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["secret"] }, awaitReady: false);

        string text = await server.Client.GetStringAsync(new Uri("/openapi.json", UriKind.Relative), TestContext.Current.CancellationToken);
        ReadResult read = OpenApiDocument.Parse(text, "json");

        Assert.Empty(read.Diagnostic!.Errors.Concat(read.Diagnostic.Warnings).Select(error => $"{error.Pointer}: {error.Message}"));
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.Equal(ApiOperations.All.Count, read.Document!.Paths.Sum(path => path.Value.Operations!.Count));
        Assert.Equal(ApiOperations.All.Count, ApiOperations.All.Select(operation => operation.Id).Distinct().Count());
    }

    [Fact]
    public async Task Every_reference_of_the_document_leads_somewhere()
    {
        await using TestServer server = await TestServer.StartAsync(awaitReady: false);
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);

        string[] references = [.. ReferencePattern().Matches(document.Root.ToJsonString()).Select(match => match.Groups[1].Value).Distinct()];

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(reference.Split('/').Aggregate((JsonNode?)document.Root, (node, name) => node?[name])));
    }

    [Fact]
    public async Task Every_route_is_in_the_document_and_the_reverse()
    {
        await using TestServer server = await TestServer.StartAsync(awaitReady: false);

        IEnumerable<string> mapped = server.Server.Routes.SelectMany(route =>
            MethodsOf(route).Select(method => $"{method} {PathOf(route)}"));

        Assert.Equal(ApiOperations.All.Select(operation => $"{operation.Method} {operation.Path}").Order(), mapped.Order());
    }

    [Fact]
    public async Task A_key_is_said_to_be_needed_where_it_is()
    {
        await using TestServer server = await TestServer.StartAsync(awaitReady: false);

        foreach (RouteEndpoint route in server.Server.Routes)
        {
            string path = PathOf(route);
            ApiAccess access = path.StartsWith("/admin", StringComparison.Ordinal) ? ApiAccess.Admin
                : path.StartsWith("/v1", StringComparison.Ordinal) || route.Metadata.GetMetadata<KeyRequired>() is not null ? ApiAccess.Key
                : ApiAccess.Open;
            Assert.All(ApiOperations.All.Where(operation => operation.Path == path), operation => Assert.Equal((path, access), (path, operation.Access)));
        }
    }

    [Fact]
    public async Task Every_field_that_is_read_is_in_the_document_with_what_becomes_of_it()
    {
        await using TestServer server = await TestServer.StartAsync(awaitReady: false);
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);

        foreach (ApiOperation operation in ApiOperations.All)
        {
            if (operation.Body is not { Fields: { } table })
                continue;
            JsonObject properties = document.RequestOf(operation.Path)!["properties"]!.AsObject();
            Assert.Equal(
                table.Fields.Select(field => (field.Name, field.Use.ToString().ToLowerInvariant(), field.Meaning)),
                properties.Select(property => (property.Key, (string)property.Value!["x-cascade-use"]!, (string)property.Value!["description"]!)));
        }
    }

    [Theory]
    [InlineData("post", "/v1/chat/completions", TestServer.Hello)]
    [InlineData("post", "/v1/chat/completions", """{"messages":[]}""")]
    [InlineData("post", "/v1/completions", """{"prompt":["a","b"],"n":2}""")]
    [InlineData("post", "/v1/completions", """{"prompt":"a"}""")]
    [InlineData("post", "/v1/responses", """{"input":"hi"}""")]
    [InlineData("post", "/v1/responses", """{"input":7}""")]
    [InlineData("post", "/v1/messages", """{"messages":[{"role":"user","content":"hi"}],"max_tokens":9}""")]
    [InlineData("post", "/v1/messages", """{"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("post", "/v1/cascade/decide", TestServer.Hello)]
    [InlineData("post", "/tokenize", """{"content":"hi"}""")]
    [InlineData("post", "/v1/feedback", """{"id":"chatcmpl-1","correct":1}""")]
    [InlineData("post", "/admin/policy", """{"path":""}""")]
    [InlineData("post", "/admin/pool", """{"prot":1}""")]
    [InlineData("get", "/v1/models", null)]
    [InlineData("get", "/admin/policy", null)]
    [InlineData("get", "/admin/pool", null)]
    [InlineData("get", "/admin/usage", null)]
    [InlineData("get", "/health", null)]
    [InlineData("get", "/ready", null)]
    [InlineData("get", "/openapi.json", null)]
    public async Task What_is_answered_is_what_the_document_says(string method, string path, string? body)
    {
        await using TestServer server = await TestServer.StartAsync();
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(document.GivesAnswer(method, path, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), text), $"{response.StatusCode} {text}");
        string[] told = [.. response.Headers.Select(header => header.Key).Where(name => name.StartsWith("x-cascade", StringComparison.Ordinal))];
        if (response.StatusCode == HttpStatusCode.OK)
            Assert.All(told, name => Assert.NotNull(document.Root["paths"]![path]![method]!["responses"]!["200"]!["headers"]![name]));
    }

    [Fact]
    public void The_docs_have_every_field_of_every_endpoint()
    {
        string text = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "http.md"));
        string[] documented = [.. text.Split('\n').Where(line => FieldRowPattern().IsMatch(line))];

        Assert.Equal(FieldRows(), documented);
    }

    // Of several routes with the same fields the first one.
    private static IEnumerable<string> FieldRows()
    {
        FieldTable[] tables =
        [
            .. ApiOperations.All.Select(operation => operation.Body?.Fields).OfType<FieldTable>()
            .DistinctBy(table => string.Join(',', table.Fields.Select(field => (field.Name, field.Use)))),
        ];
        IEnumerable<string> names = tables.SelectMany(table => table.Fields).Select(field => field.Name).Distinct().Order(StringComparer.Ordinal);
        return names.Select(name => $"| `{name}` | {string.Join(" | ", tables.Select(table => table.Find(name)?.Use.ToString().ToLowerInvariant() ?? "-"))} |");
    }

    private static IEnumerable<string> MethodsOf(RouteEndpoint route) =>
        (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Where(method => method != "HEAD");

    private static string PathOf(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.TrimStart('/').Replace("{**", "{", StringComparison.Ordinal);

    [GeneratedRegex("\"\\$ref\":\"#/([^\"]+)\"")]
    private static partial Regex ReferencePattern();

    // A name, and what becomes of it at nine kinds of requests.
    [GeneratedRegex(@"^\| `[a-z_0-9]+` (\| (served|ignored|refused|-) ){6,}\|$")]
    private static partial Regex FieldRowPattern();
}
