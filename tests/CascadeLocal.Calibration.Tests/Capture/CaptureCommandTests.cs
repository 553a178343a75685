using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>The built program's capture with the smallest member that ships, run as a child.</summary>
public sealed class CaptureCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CaptureCommandTests() => File.WriteAllLines(
        Data, Enumerable.Range(1, 20).Select(i => $$"""{"id": "q{{i}}", "prompt": "What is {{i}} plus {{i}}?", "answer": "{{2 * i}}"}"""));

    private string Data => _folder.File("queries.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_capture_that_was_cut_goes_on_and_two_captures_give_equal_answers()
    {
        (int exitCode, string output, _) = Capture("labels");
        Assert.Equal(0, exitCode);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement nano = Assert.Single(document.RootElement.GetProperty("members").EnumerateArray().ToArray());
        Assert.Equal(
            ["name", "questions", "correct", "accuracy", "tpot_ms", "e2el_ms", "output_tokens", "refused"],
            nano.EnumerateObject().Select(p => p.Name).Take(8));
        Assert.Equal(("nano", 20, 0), (nano.GetProperty("name").GetString(), nano.GetProperty("questions").GetInt32(), nano.GetProperty("refused").GetInt32()));
        Dictionary<string, JsonElement> whole = Rows("labels");
        Assert.All(whole.Values, r => Assert.Equal(r.GetProperty("output_tokens").GetInt32(), r.GetProperty("token_margins").GetArrayLength()));

        // As a kill leaves it: 12 rows and a part of the next.
        string file = Path.Combine(_folder.File("labels"), "nano.jsonl");
        string[] lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines[..12]) + "\n" + lines[12][..30]);
        (exitCode, _, string errors) = Capture("labels");

        Assert.Equal(0, exitCode);
        Assert.Contains("12 were there", errors, StringComparison.Ordinal);
        Assert.Equal(lines[..12], File.ReadAllLines(file)[..12]);
        Dictionary<string, JsonElement> resumed = Rows("labels");
        Assert.Equal(20, resumed.Count);
        Assert.All(resumed, r => Assert.Equal(whole[r.Key].GetProperty("output").GetString(), r.Value.GetProperty("output").GetString()));
    }

    [Fact]
    public void A_call_and_a_form_that_leave_no_choice_are_right()
    {
        const string schema = """{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"], "additionalProperties": false}""";
        File.WriteAllText(Data, $$$"""
            {"id": "call", "prompt": "Call it.", "tools": [{"type": "function", "function": {"name": "f", "parameters": {{{schema}}} } }], "tool_choice": "required", "parallel_tool_calls": false, "grader": "call", "answer": {"name": "f", "arguments": {"a": 1.0} } }
            {"id": "form", "prompt": "What is 1?", "response_format": {"type": "json_schema", "json_schema": {"schema": {{{schema}}} } }, "grader": "json-path", "answer": "$.a=1"}
            """);

        (int exitCode, _, string errors) = Capture("labels", "--max-tokens", "100");

        Assert.True(exitCode == 0, errors);
        Assert.Equal(
            [("call", 1, "tools"), ("form", 1, "schema")],
            Rows("labels").Values.Select(r => (r.GetProperty("id").GetString()!, r.GetProperty("correct").GetInt32(), r.GetProperty("kind").GetString()!)).Order());
    }

    [Fact]
    public void An_endpoint_that_is_given_beside_a_name_is_asked_too()
    {
        (int exitCode, string output, string errors) = Capture("labels", "--member", "nano", "--member", "far=http://127.0.0.1:1");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("far", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--member", "giant")]
    [InlineData("--grader", "python")]
    [InlineData("--concurrency", "0")]
    [InlineData("--runs", "0")]
    [InlineData("--max-tokens", "0")]
    public void Wrong_usage_is_exit_code_2_and_names_what_is_wrong(string option, string value)
    {
        (int exitCode, string output, string errors) = Capture("labels", option, value);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.True(errors.Contains(option, StringComparison.Ordinal) || errors.Contains(value, StringComparison.Ordinal), errors);
    }

    [Fact]
    public void A_wrong_query_is_exit_code_1_before_anything_is_written()
    {
        File.AppendAllText(Data, """{"id": "q1", "prompt": "again", "answer": "x"}""");

        (int exitCode, string output, string errors) = Capture("labels");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("queries.jsonl:21: id: 'q1' is already the id of line 1", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("labels")));
    }

    private (int ExitCode, string Output, string Errors) Capture(string folder, params string[] more) => CascadeProgram.Run(
    [
        "capture", "--data", Data, "--out", _folder.File(folder), "--model", Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf"),
        "--threads", "1", .. more.Contains("--max-tokens") ? [] : (string[])["--max-tokens", "40"], "--json", .. more,
    ]);

    private Dictionary<string, JsonElement> Rows(string folder) => File.ReadAllLines(Path.Combine(_folder.File(folder), "nano.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(r => r.GetProperty("id").GetString()!);
}
