using System.IO.Compression;
using System.Text;

using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Server.Chat;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Queries;

/// <summary>Reading query files, good and bad.</summary>
public sealed class QueryFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_question_has_a_prompt_or_messages_and_unknown_keys_are_ignored()
    {
        IReadOnlyList<Query> queries = Read(
            """
            {"id": "a", "prompt": "2+2?", "answer": "4", "grader": "number", "task": "sums", "max_tokens": 5, "level": {"x": [1]}}
            {"id": 7, "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Go on"}, {"role": "assistant", "content": "?"}, {"role": "user", "content": " "}], "answer": 4.5, "grader": null}
            """);

        Assert.Equal(("a", "2+2?", "4", "number", "sums", 5), (queries[0].Id, queries[0].Prompt, queries[0].Answer, queries[0].Grader, queries[0].Task, queries[0].MaxTokens));
        Assert.Equal(("7", "Go on", "4.5", null, 4, 2), (queries[1].Id, queries[1].Prompt, queries[1].Answer, queries[1].Grader, queries[1].Messages.Count, queries[1].Line));
    }

    [Theory]
    [InlineData("1750000000000000001", "1750000000000000001")]
    [InlineData("-7", "-7")]
    [InlineData("1.5", "1.5")]
    public void A_number_as_id_is_its_text(string number, string id) =>
        Assert.Equal(id, Read($$"""{"id": {{number}}, "prompt": "p"}""")[0].Id);

    [Fact]
    public void A_question_without_an_id_is_called_by_its_text()
    {
        Query[] queries = [.. Read("""
            {"prompt": "one"}
            {"prompt": "two"}
            {"messages": [{"role": "user", "content": "three"}]}
            """)];

        Assert.Equal(3, queries.Select(q => q.Id).Distinct().Count());
        Assert.Equal(queries[1].Id, Read("""{"prompt": "two", "answer": "later"}""")[0].Id);
    }

    [Fact]
    public void A_byte_order_mark_carriage_returns_and_empty_lines_are_fine()
    {
        string path = Write("q.jsonl", "\uFEFF{\"prompt\": \"one\"}\r\n\r\n{\"prompt\": \"two\"}");

        IReadOnlyList<Query> queries = QueryFile.Read(path).Queries;

        Assert.Equal([("one", 1), ("two", 3)], queries.Select(q => (q.Prompt, q.Line)));
    }

    [Fact]
    public void A_packed_file_is_read_and_a_cut_one_is_an_error()
    {
        string path = _folder.File("q.jsonl.gz");
        using (GZipStream packed = new(File.Create(path), CompressionLevel.Optimal))
            packed.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"prompt\": \"question {i * i}\"}}\n"))));

        Assert.Equal(5000, QueryFile.Read(path).Queries.Count);

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^2000]);
        Assert.Throws<DataFileException>(() => QueryFile.Read(path));
    }

    [Theory]
    [InlineData("""{"id": "b"}""", 2, "prompt")]
    [InlineData("""{"prompt": "x", "messages": []}""", 2, "messages")]
    [InlineData("""{"prompt": " "}""", 2, "prompt")]
    [InlineData("""{"prompt": 5}""", 2, "prompt")]
    [InlineData("""{"messages": []}""", 2, "messages")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "x"}]}""", 2, "messages")]
    [InlineData("""{"messages": [{"role": "user", "content": " "}]}""", 2, "messages")]
    [InlineData("""{"messages": [{"role": "tool", "content": "x"}]}""", 2, "messages[0].role")]
    [InlineData("""{"messages": [{"role": "user"}]}""", 2, "messages[0].content")]
    [InlineData("""{"prompt": "x", "max_tokens": 0}""", 2, "max_tokens")]
    [InlineData("""{"prompt": "x", "max_tokens": 1.5}""", 2, "max_tokens")]
    [InlineData("""{"prompt": "x", "answer": true}""", 2, "answer")]
    [InlineData("""{"id": "a", "prompt": "x"}""", 2, "id")]
    [InlineData("""{"id": "", "prompt": "x"}""", 2, "id")]
    [InlineData("""{"prompt": "x", "prompt": "y"}""", 2, "prompt")]
    [InlineData("""["x"]""", 2, "")]
    [InlineData("""{"id": "b", "pro""", 2, "id")]
    public void What_is_wrong_is_an_error_with_line_and_field(string line, int at, string field)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read($"{{\"id\": \"a\", \"prompt\": \"p\"}}\n{line}"));

        Assert.Equal((at, field), (e.Line, e.Field));
    }

    [Fact]
    public void A_question_may_bring_functions_and_a_form_as_a_chat_request_does()
    {
        IReadOnlyList<Query> queries = Read(
            """
            {"prompt": "Weather?", "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "x": 1.50}}}], "tool_choice": {"type": "function", "function": {"name": "f"}}, "answer": {"name": "f", "arguments": {}}}
            {"prompt": "Weather?", "response_format": {"type": "json_object"}}
            {"prompt": "Weather?", "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none", "temperature": 7}
            {"prompt": "Weather?", "tools": null, "response_format": {"type": "text"}}
            {"prompt": "Weather?"}
            """);

        Assert.Equal([RequestKind.Tools, RequestKind.Schema, RequestKind.Plain, RequestKind.Plain, RequestKind.Plain], queries.Select(q => q.Request.Kind));
        Assert.Equal(new ToolDefinition("f", null, """{"type": "object", "x": 1.50}"""), Assert.Single(queries[0].Request.Tools));
        Assert.Equal(new ToolChoice(ToolChoiceKind.Required, "f"), queries[0].Request.ToolChoice);
        Assert.Equal((true, """{"name": "f", "arguments": {}}"""), (queries[0].HasObjectAnswer, queries[0].Answer));
        Assert.Equal(new OutputConstraint(OutputConstraintKind.JsonObject), queries[1].Request.Constraint);
        Assert.Equal(5, queries.Select(q => q.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"prompt": "x", "tools": {}}""", "'tools' must be an array, not an object.")]
    [InlineData("""{"prompt": "x", "tools": [{"type": "function"}]}""", "'tools[0].function' is required.")]
    [InlineData("""{"prompt": "x", "tool_choice": "required"}""", "'tool_choice' asks for a function, but there are none.")]
    [InlineData("""{"prompt": "x", "response_format": {"type": "yaml"}}""", "'response_format.type' must be text, json_object or json_schema.")]
    public void What_is_wrong_with_them_is_an_error_with_the_reason_that_the_server_gives(string line, string reason)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read($"{{\"prompt\": \"p\"}}\n{line}"));

        Assert.EndsWith($"q.jsonl:2: {reason}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_does_not_ask_so_refuses_them()
    {
        string file = Write("q.jsonl", """{"prompt": "x", "response_format": {"type": "json_object"}}""");

        DataFileException e = Assert.Throws<DataFileException>(() => QueryFile.Read(file));

        Assert.EndsWith("q.jsonl:1: response_format: is given, but only capture asks so", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_line_that_was_cut_is_called_so()
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read("{\"prompt\": \"p\"}\n{\"prompt\": \"q"));

        Assert.Contains("ends within this line", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_question_twice_without_ids_names_both_lines()
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read("{\"prompt\": \"p\"}\n{\"prompt\": \"p\"}"));

        Assert.EndsWith("q.jsonl:2: is the same question as line 1; give both an id if that is meant", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n \r\n")]
    public void A_file_without_a_question_is_an_error(string content) => Assert.Throws<DataFileException>(() => Read(content));

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Throws<DataFileException>(() => QueryFile.Read(_folder.File("none.jsonl")));

    private IReadOnlyList<Query> Read(string content) => QueryFile.Read(Write("q.jsonl", content), QuestionFields.Read).Queries;

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        return path;
    }
}
