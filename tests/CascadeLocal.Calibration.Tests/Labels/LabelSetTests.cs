using System.IO.Compression;
using System.Text;

using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Labels;

public sealed class LabelSetTests : IDisposable
{
    private const string Row = """{"id":"q1","prompt":"Why?","model":"A","correct":1}""";

    private const string FullRow = """
        {"id":"q1","prompt":"Why?","model":"A","correct":0.5,"run":2,"task":"sums","output":"Because.","finish":"stop","prompt_tokens":7,"output_tokens":2,"ttft_ms":1.5,"tpot_ms":null,"e2el_ms":9,"confidence":-1.5,"token_logprobs":[-0.5,-1],"top5_logprobs":[[-0.5,-2],[-1,-1.5]],"unknown":{"a":[1]}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_field_is_read_and_unknown_ones_are_skipped()
    {
        LabelRow row = Assert.Single(Read(FullRow, new() { WithSignals = true }).Rows);
        Assert.Equal(("q1", "Why?", "A", 0.5, 2, "sums"), (row.Id, row.Prompt, row.Model, row.Correct, row.Run, row.Task));
        Assert.Equal(("Because.", "stop", 7, 2), (row.Output, row.FinishReason, row.PromptTokens, row.OutputTokens));
        Assert.Equal((1.5, null, 9.0), (row.TtftMs, row.TpotMs, row.E2elMs));
        Assert.Equal(-1.5f, row.Confidence);
        Assert.Equal([-0.5f, -1f], row.TokenLogprobs!);
        Assert.Equal([-1f, -1.5f], row.Top5Logprobs![1]);
    }

    [Fact]
    public void Figures_of_tokens_are_read_only_on_request() => Assert.Null(Assert.Single(Read(FullRow).Rows).TokenLogprobs);

    [Fact]
    public void A_byte_order_mark_windows_line_ends_empty_lines_and_a_missing_last_line_feed_are_fine()
    {
        LabelSet set = Read($"\uFEFF{Row}\r\n\r\n{Row.Replace("q1", "q2", StringComparison.Ordinal)}");
        Assert.Equal(["q1", "q2"], set.Rows.Select(row => row.Id));
        Assert.Empty(set.Notices);
    }

    [Fact]
    public void True_and_false_count_as_1_and_0_and_are_counted()
    {
        LabelSet set = Read($"{Row}\n{Row.Replace("q1", "q2", StringComparison.Ordinal).Replace(":1}", ":true}", StringComparison.Ordinal)}");
        Assert.Equal(1, set.Rows[1].Correct);
        Assert.Equal("correct is true or false in 1 of 2 rows, and was read as 1 or 0", Assert.Single(set.Notices));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("1750000000000000001")]
    [InlineData("1.5")]
    public void A_number_as_id_is_its_text(string number) =>
        Assert.Equal(number, Assert.Single(Read(Row.Replace("\"q1\"", number, StringComparison.Ordinal)).Rows).Id);

    [Theory]
    [InlineData(":1}", ":NaN}", "correct: is NaN, but must be a finite number")]
    [InlineData(":1}", ":null}", "correct: is null, but must be a number")]
    [InlineData(":1}", ":\"1\"}", "correct: is a string, but must be a number")]
    [InlineData(":1}", ":1.01}", "correct: is 1.01, but must be from 0 to 1")]
    [InlineData(":1}", ":-1}", "correct: is -1, but must be from 0 to 1")]
    [InlineData(":1}", ":1e999}", "correct: is too large for a number")]
    [InlineData(",\"correct\":1", "", "correct: is missing")]
    [InlineData(",\"model\":\"A\"", "", "model: is missing")]
    [InlineData("\"A\"", "\"\"", "model: is empty")]
    [InlineData("\"A\"", "\"\\u001b[31mA\"", "model: holds a control character")]
    [InlineData("\"A\"", "null", "model: is null, but must be a string")]
    [InlineData("\"id\":\"q1\",", "", "id: is missing")]
    [InlineData("\"prompt\":\"Why?\",", "", "prompt: is missing, and no file of questions is given (--queries)")]
    [InlineData(":1}", ":1,\"correct\":0}", "correct: is given twice")]
    [InlineData(":1}", ":1,\"finish\":null,\"finish_reason\":null}", "finish_reason: finish_reason and finish are one thing, given twice")]
    [InlineData(":1}", ":1,\"run\":0.5}", "run: is 0.5, but must be a whole number")]
    [InlineData(":1}", ":1,\"tpot_ms\":-1}", "tpot_ms: is -1, but must be from 0 to 1000000000000")]
    [InlineData(":1}", ":1,\"confidence\":0.5}", "confidence: is 0.5, but must be a log-probability, at most 0")]
    [InlineData(":1}", ":1,\"confidence\":\"-1\"}", "confidence: is a string, but must be a number")]
    [InlineData(":1}", ":1,\"token_logprobs\":[null]}", "token_logprobs: is null, but must be a number")]
    [InlineData(":1}", ":1,\"token_logprobs\":[0],\"token_margins\":[0,1]}", "token_margins: has 2 tokens, but token_logprobs has 1")]
    [InlineData(":1}", ":1,\"token_logprobs\":[0],\"token_ends\":[0,1]}", "token_ends: has 2 tokens, but token_logprobs has 1")]
    [InlineData(":1}", ":1,\"token_ends\":[1,0]}", "token_ends: must be whole numbers of characters that never fall")]
    [InlineData(":1}", ":1,\"token_ends\":[0.5]}", "token_ends: must be whole numbers of characters that never fall")]
    [InlineData(":1}", ":1,\"output\":\"abc\",\"token_ends\":[2,4]}", "token_ends: ends at 4, but output has 3 characters")]
    public void What_is_wrong_is_named_with_its_line_and_field(string part, string instead, string message)
    {
        Assert.Contains(part, Row, StringComparison.Ordinal);
        DataFileException error = Refused($"{Row.Replace("q1", "q0", StringComparison.Ordinal)}\n{Row.Replace(part, instead, StringComparison.Ordinal)}\n", new() { WithSignals = true });
        Assert.EndsWith($"labels.jsonl:2: {message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "labels.jsonl:1: a row must be an object")]
    [InlineData("", "labels.jsonl: the file is empty")]
    [InlineData("\r\n\n", "labels.jsonl: the file is empty")]
    public void What_is_no_row_is_refused(string text, string message) => Assert.EndsWith(message, Refused(text).Message, StringComparison.Ordinal);

    [Fact]
    public void The_same_id_model_and_run_twice_is_an_error_that_names_both_lines()
    {
        DataFileException error = Refused($"{Row}\n{Row}\n");
        Assert.Contains("labels.jsonl:2: id: 'q1' of A, run 0, is given twice; the first is", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("labels.jsonl:1", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Read($"{Row}\n{Row.Replace(":1}", ":1,\"run\":1}", StringComparison.Ordinal)}").Rows.Count);
    }

    [Fact]
    public void The_same_id_with_two_prompts_is_an_error_that_names_both_lines()
    {
        string other = Row.Replace("Why?", "How?", StringComparison.Ordinal).Replace("\"A\"", "\"B\"", StringComparison.Ordinal);
        DataFileException error = Refused($"{Row}\n{other}\n");
        Assert.Equal((2, "prompt"), (error.Line, error.Field));
        Assert.EndsWith("labels.jsonl:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_is_read_and_plain_where_none_is_given()
    {
        string tools = Row.Replace("q1", "q2", StringComparison.Ordinal).Replace("{", "{\"kind\":\"tools\",", StringComparison.Ordinal);
        Assert.Equal([RequestKind.Plain, RequestKind.Tools], Read($"{Row}\n{tools}").Rows.Select(row => row.Kind));
        Assert.EndsWith(
            "labels.jsonl:1: kind: is 'call', but must be plain, tools or schema",
            Refused(tools.Replace("\"tools\"", "\"call\"", StringComparison.Ordinal)).Message,
            StringComparison.Ordinal);
        DataFileException twoKinds = Refused($"{Row}\n{tools.Replace("q2", "q1", StringComparison.Ordinal).Replace("\"A\"", "\"B\"", StringComparison.Ordinal)}");
        Assert.Equal((2, "kind"), (twoKinds.Line, twoKinds.Field));
    }

    [Fact]
    public void A_model_that_is_not_in_the_pool_is_an_error() =>
        Assert.EndsWith("labels.jsonl:1: model: 'A' is not in the pool: B, C", Refused(Row, new() { Pool = ["C", "B"] }).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_is_read_whole_and_its_members_are_the_pool()
    {
        _folder.Write("members.json", """{"members":[{"name":"B","fingerprint":"bb","parameters":5},{"name":"A"}]}""");
        _folder.Write("A.jsonl", Row);
        _folder.Write("B.jsonl.gz", Row.Replace("\"A\"", "\"B\"", StringComparison.Ordinal));
        LabelSet set = ReadPath(_folder.Path);
        Assert.Equal(["A", "B"], set.Rows.Select(row => row.Model));
        Assert.Equal([new("B", "bb", 5), new("A", null, null)], set.Members);
        Assert.Null(set.GradedBy);
        _folder.Write("C.jsonl", Row.Replace("\"A\"", "\"C\"", StringComparison.Ordinal));
        Assert.Contains("'C' is not in the pool", Assert.Throws<DataFileException>(() => ReadPath(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_which_some_were_graded_by_agreement_say_so()
    {
        string agreed = Row.Replace("\"A\"", "\"B\"", StringComparison.Ordinal).Replace("{", "{\"graded_by\":\"agreement\",", StringComparison.Ordinal);
        Assert.Equal("agreement", ReadPath(_folder.Write("labels.jsonl", $"{Row}\n{agreed}\n")).GradedBy);
    }

    [Fact]
    public void A_folder_without_labels_is_an_error() =>
        Assert.EndsWith("holds no .jsonl or .jsonl.gz", Assert.Throws<DataFileException>(() => ReadPath(_folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rows_without_a_prompt_take_that_of_the_questions()
    {
        string queries = _folder.Write("questions.jsonl", """
            {"id":"q1","prompt":"Why?"}
            {"id":"q2","messages":[{"role":"user","content":"One?"},{"role":"assistant","content":"1"},{"role":"user","content":"Two?"}]}
            """);
        string row = Row.Replace("\"prompt\":\"Why?\",", "", StringComparison.Ordinal);
        LabelSet set = Read($"{row}\n{row.Replace("q1", "q2", StringComparison.Ordinal)}", new() { Queries = queries });
        Assert.Equal(["Why?", "Two?"], set.Rows.Select(read => read.Prompt));
        DataFileException error = Refused(row.Replace("q1", "q3", StringComparison.Ordinal), new() { Queries = queries });
        Assert.EndsWith("has no prompt for the id 'q3'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_last_line_is_an_error() => Gen.Int[1, Row.Length - 1].Sample(
        length =>
        {
            DataFileException error = Refused($"{Row.Replace("q1", "q0", StringComparison.Ordinal)}\n{Row[..length]}");
            Assert.EndsWith("labels.jsonl:2: the file ends within this line: it was cut", error.Message, StringComparison.Ordinal);
        },
        threads: 1);

    [Fact]
    public void A_gzip_file_that_was_cut_is_an_error_wherever_it_was()
    {
        // Each line by itself, so that a cut may fall between two of them.
        using MemoryStream written = new();
        using (GZipStream gzip = new(written, CompressionLevel.Fastest))
        {
            for (int i = 0; i < 20; i++)
            {
                gzip.Write(Encoding.UTF8.GetBytes(Row.Replace("q1", $"q{i * 7919}", StringComparison.Ordinal) + "\n"));
                gzip.Flush();
            }
        }

        byte[] bytes = written.ToArray();
        string path = _folder.Write("labels.jsonl.gz", "");
        File.WriteAllBytes(path, bytes);
        Assert.Equal(20, ReadPath(path).Rows.Count);
        for (int length = 1; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Contains("labels.jsonl.gz", Assert.Throws<DataFileException>(() => ReadPath(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lines_of_any_length_are_read_whole() => Gen.Int[1, 300_000].Array[1, 5].Sample(
        lengths =>
        {
            string text = string.Join('\n', lengths.Select((length, i) =>
                Row.Replace("Why?", new string('x', length), StringComparison.Ordinal).Replace("q1", $"q{i}", StringComparison.Ordinal)));
            Assert.Equal(lengths, Read(text).Rows.Select(row => row.Prompt.Length));
        },
        iter: 20,
        threads: 1);

    [Fact]
    public void Whatever_bytes_a_file_holds_it_is_read_or_refused() => Gen.Select(Gen.Int[0, FullRow.Length - 1], Gen.Byte).Sample(
        (at, value) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(FullRow);
            bytes[at] = value;
            string path = Path.Combine(_folder.Path, "bytes.jsonl");
            File.WriteAllBytes(path, bytes);
            try
            {
                Assert.NotEmpty(ReadPath(path, new() { WithSignals = true }).Rows);
            }
            catch (DataFileException)
            {
            }
        },
        iter: 2000,
        threads: 1);

    private LabelSet Read(string text, LabelOptions? options = null) =>
        ReadPath(_folder.Write("labels.jsonl", text), options);

    private static LabelSet ReadPath(string path, LabelOptions? options = null) =>
        LabelSet.Read(path, options ?? new(), TestContext.Current.CancellationToken);

    private DataFileException Refused(string text, LabelOptions? options = null) =>
        Assert.Throws<DataFileException>(() => Read(text, options));
}
