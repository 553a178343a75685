using System.Collections.Concurrent;
using System.Text.Json;

using CascadeLocal.Calibration.Capture;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>Captures with members whose answers are known.</summary>
public sealed class CaptureRunTests : IDisposable
{
    private const string Sums = """
        {"id": "one", "prompt": "1+1", "answer": "2", "task": "sums"}
        {"id": "two", "messages": [{"role": "system", "content": "Sum."}, {"role": "user", "content": "2+2"}], "answer": "4"}
        {"id": "three", "prompt": "3+3", "answer": "6"}
        """;

    private static readonly string Many = string.Join('\n', Enumerable.Range(0, 20).Select(i => $$"""{"id": "q{{i}}", "prompt": "p{{i}}", "answer": "4"}"""));

    private static readonly CaptureOptions Hasty = new() { FirstWait = TimeSpan.FromMilliseconds(1) };

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_label_has_the_answer_its_times_and_the_signals_of_its_tokens()
    {
        _pool.With("one", 5, _ => "4");

        CaptureReport report = await _pool.CaptureAsync(Sums);

        JsonElement row = Rows("one").Single(r => r.GetProperty("id").GetString() == "two");
        Assert.Equal(
            """{"id":"two","prompt":"2+2","model":"one","correct":1,"graded_by":"exact","kind":"plain","run":0,"output":"4","finish_reason":"stop","prompt_tokens":7,"output_tokens":1,"ttft_ms":10,"e2el_ms":10,"token_ends":[1],"token_logprobs":[-0.3333],"token_entropies":[1.234E-05],"token_margins":[1E+04]}""",
            row.GetRawText());
        Assert.Equal([new MemberCaptureReport("one", 3, 1, 1.0 / 3, null, 10, 1, 0, 0)], report.Members);
    }

    [Fact]
    public async Task Members_are_asked_with_functions_and_forms_and_graded_by_what_a_client_gets()
    {
        const string call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"b\": [2], \"a\": 1.0}}\n</tool_call>";
        const string tools = """ "tools": [{"type": "function", "function": {"name": "f"}}] """;
        _pool.With("one", 5, request => request switch
        {
            { Constraint: not null } => "<think>An object.</think>{\"a\": 1}",
            { Tools.Count: 0 } => "<think>A word.</think>one",
            { ToolChoice.Kind: ToolChoiceKind.Required, ParallelToolCalls: false } => $"{call}\n{call}",
            _ => $"I see.{call}",
        });

        await _pool.CaptureAsync(
            $$$"""
            {"id": "call", "prompt": "p", {{{tools}}}, "grader": "call", "answer": {"name": "f", "arguments": {"a": 1, "b": [2]} } }
            {"id": "twice", "prompt": "p", {{{tools}}}, "tool_choice": "required", "parallel_tool_calls": false, "grader": "call", "answer": {"name": "f", "arguments": {"a": 1, "b": [2]} } }
            {"id": "beside", "prompt": "p", {{{tools}}}, "answer": "I see."}
            {"id": "form", "prompt": "p", "response_format": {"type": "json_object"}, "answer": "{\"a\": 1}"}
            {"id": "path", "prompt": "p", "response_format": {"type": "json_object"}, "grader": "json-path", "answer": "$.a=1"}
            {"id": "plain", "prompt": "p", "answer": "one"}
            """);

        // Of two calls where one is allowed a client gets the first.
        Assert.Equal(
            [("beside", 1, "tools"), ("call", 1, "tools"), ("form", 1, "schema"), ("path", 1, "schema"), ("plain", 0, "plain"), ("twice", 1, "tools")],
            Rows("one").Select(r => (r.GetProperty("id").GetString()!, r.GetProperty("correct").GetInt32(), r.GetProperty("kind").GetString()!)).Order());
        Assert.Equal($"I see.{call}", Rows("one").Single(r => r.GetProperty("id").GetString() == "call").GetProperty("output").GetString());
        Assert.Equal(3, LabelSet.Read(_pool.Labels, new(), TestContext.Current.CancellationToken).Rows.Count(r => r.Kind == RequestKind.Tools));
    }

    [Fact]
    public async Task Labels_of_one_kind_are_not_gone_on_with_as_of_another()
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync("""{"id": "one", "prompt": "1+1", "answer": "2"}""");

        CaptureException e = await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(
            """{"id": "one", "prompt": "1+1", "answer": "2", "response_format": {"type": "json_object"}}"""));

        Assert.Contains("'one' is of kind plain, not schema", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_json_says_which_models_gave_the_labels()
    {
        _pool.With("small", 5, _ => "4").With("org/large", 50, _ => "6");

        await _pool.CaptureAsync(Sums);

        using JsonDocument members = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_pool.Labels, "members.json")));
        JsonElement[] entries = [.. members.RootElement.GetProperty("members").EnumerateArray()];
        Assert.Equal(["small", "org/large"], entries.Select(e => e.GetProperty("name").GetString()));
        Assert.Equal([5, 50], entries.Select(e => e.GetProperty("parameters").GetInt64()));
        Assert.All(entries, e => Assert.Equal(64, e.GetProperty("fingerprint").GetString()!.Length));
        Assert.Equal(3, Rows("org%2Flarge").Length);
    }

    [Fact]
    public async Task What_is_there_is_not_asked_again_and_a_cut_line_is_made_whole()
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync(Sums);
        byte[] labels = File.ReadAllBytes(_pool.LabelPath("one"));
        File.WriteAllBytes(_pool.LabelPath("one"), labels[..^20]);
        RecordingObserver observer = new();

        CaptureReport report = await _pool.CaptureAsync(Sums, observer: observer);

        Assert.Equal([("one", 1, 2)], observer.Starts);
        Assert.Single(_pool.Backends["one"].Requests);
        Assert.Equal(["one", "three", "two"], Rows("one").Select(r => r.GetProperty("id").GetString()!).Order());
        Assert.Equal(3, report.Members[0].Questions);
    }

    [Fact]
    public async Task A_whole_last_line_without_its_end_is_kept()
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync(Sums);
        byte[] labels = File.ReadAllBytes(_pool.LabelPath("one"));
        File.WriteAllBytes(_pool.LabelPath("one"), labels[..^1]);
        RecordingObserver observer = new();

        await _pool.CaptureAsync(Sums, observer: observer);

        Assert.Equal([("one", 0, 3)], observer.Starts);
        Assert.Equal(labels, File.ReadAllBytes(_pool.LabelPath("one")));
    }

    [Fact]
    public async Task A_stop_leaves_whole_rows_from_which_the_next_capture_goes_on()
    {
        string queries = string.Join('\n', Enumerable.Range(0, 200).Select(i => $$"""{"id": "q{{i}}", "prompt": "{{i}}", "answer": "x"}"""));
        using CancellationTokenSource stop = new();
        int answered = 0;
        _pool.With("one", 5, _ => "x");
        RecordingObserver stopping = new(() =>
        {
            // The others wait for the stop: the thread that makes it may be slower than all the rest of the run.
            int number = Interlocked.Increment(ref answered);
            if (number == 50)
                stop.Cancel();
            else if (number > 50)
                stop.Token.WaitHandle.WaitOne();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _pool.CaptureAsync(queries, observer: stopping, stop: stop));

        int kept = Rows("one").Length;
        Assert.InRange(kept, 50, 199);
        RecordingObserver observer = new();
        await _pool.CaptureAsync(queries, observer: observer);
        Assert.Equal([("one", 200 - kept, kept)], observer.Starts);
        Assert.Equal(200, Rows("one").Select(r => r.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_model_with_another_content_does_not_go_on_with_the_labels()
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync(Sums);
        byte[] labels = File.ReadAllBytes(_pool.LabelPath("one"));
        File.WriteAllText(_pool.ModelPath("one"), "trained again");

        CaptureException e = await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(Sums));

        Assert.Contains("another content", e.Message, StringComparison.Ordinal);
        Assert.Equal(labels, File.ReadAllBytes(_pool.LabelPath("one")));
    }

    [Fact]
    public async Task Labels_of_unknown_origin_are_left_alone()
    {
        _pool.With("one", 5, _ => "4");
        Directory.CreateDirectory(_pool.Labels);
        File.WriteAllText(_pool.LabelPath("one"), "{\"id\": \"mine\"");

        await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(Sums));

        Assert.Equal("{\"id\": \"mine\"", File.ReadAllText(_pool.LabelPath("one")));
    }

    [Theory]
    [InlineData("""{"id": "one", "prompt": "another", "answer": "2"}""", null)]
    [InlineData("""{"id": "one", "prompt": "1+1", "answer": "2"}""", "number")]
    public async Task An_id_that_stands_for_another_question_or_grader_is_an_error(string queries, string? grader)
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync(Sums);

        await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(queries, new CaptureOptions { Grader = grader }));
    }

    [Fact]
    public async Task A_line_that_is_no_label_is_an_error_with_its_line()
    {
        _pool.With("one", 5, _ => "4");
        await _pool.CaptureAsync(Sums);
        File.AppendAllText(_pool.LabelPath("one"), "{\"id\": \"x\"}\n");

        DataFileException e = await Assert.ThrowsAsync<DataFileException>(() => _pool.CaptureAsync(Sums));

        Assert.Equal(4, e.Line);
    }

    [Fact]
    public async Task Every_run_asks_every_question_with_a_seed_of_its_own()
    {
        ConcurrentBag<ulong?> seeds = [];
        _pool.With("one", 5, request =>
        {
            seeds.Add(request.Seed);
            return "4";
        });

        CaptureReport report = await _pool.CaptureAsync(Sums, new CaptureOptions { Runs = 3 });

        Assert.Equal(9, report.Members[0].Questions);
        Assert.Equal(9, seeds.Distinct().Count());
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], Rows("one").Select(r => r.GetProperty("run").GetInt32()).Order());
    }

    [Fact]
    public async Task Only_named_members_are_asked()
    {
        _pool.With("one", 5, _ => "4").With("two", 6, _ => "4");

        CaptureReport report = await _pool.CaptureAsync(Sums, new CaptureOptions { Members = ["two"] });

        Assert.Equal(["two"], report.Members.Select(m => m.Name));
        Assert.False(File.Exists(_pool.LabelPath("one")));
    }

    [Fact]
    public async Task No_more_answers_run_at_once_than_are_allowed()
    {
        string queries = string.Join('\n', Enumerable.Range(0, 50).Select(i => $$"""{"prompt": "{{i}}", "answer": "x"}"""));
        _pool.With("one", 5, _ => "a longer answer");

        await _pool.CaptureAsync(queries, new CaptureOptions { Concurrency = 2 });

        Assert.InRange(_pool.Backends["one"].MostRunning, 1, 2);
    }

    [Fact]
    public async Task A_limit_on_tokens_is_the_most_there_may_be_and_the_question_s_own_goes_first()
    {
        _pool.With("one", 5, _ => "0123456789");

        await _pool.CaptureAsync(
            """
            {"id": "own", "prompt": "p", "answer": "x", "max_tokens": 3}
            {"id": "other", "prompt": "p", "answer": "x"}
            """,
            new CaptureOptions { MaxTokens = 5 });
        await _pool.CaptureAsync(
            """{"id": "more", "prompt": "p", "answer": "x"}""", new CaptureOptions { MaxTokens = 2 * ScriptedPool.Context });

        Dictionary<string, JsonElement> rows = Rows("one").ToDictionary(r => r.GetProperty("id").GetString()!);
        Assert.Equal(("012", "length"), (rows["own"].GetProperty("output").GetString(), rows["own"].GetProperty("finish_reason").GetString()));
        Assert.Equal("01234", rows["other"].GetProperty("output").GetString());
        Assert.Equal(("0123456789", "stop"), (rows["more"].GetProperty("output").GetString(), rows["more"].GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task A_question_that_does_not_fit_is_counted_and_told()
    {
        _pool.With("one", 5, _ => "x");
        string longPrompt = new('p', ScriptedPool.Context);
        RecordingObserver observer = new();

        CaptureReport report = await _pool.CaptureAsync(
            $$"""
            {"id": "long", "prompt": "{{longPrompt}}", "answer": "x"}
            {"id": "short", "prompt": "p", "answer": "x"}
            """,
            observer: observer);

        Assert.Equal((1, 1, 1), (report.Members[0].Questions, report.Members[0].Correct, report.Members[0].Refused));
        Assert.Equal("long", Assert.Single(observer.Refusals).Id);
        Assert.Equal("short", Assert.Single(Rows("one")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Agreement_compares_with_the_strongest_and_the_labels_say_so()
    {
        _pool.With("small", 5, r => r.Messages[^1].Content == "1+1" ? "Two!" : "no idea").With("large", 50, _ => "two").With("medium", 10, _ => "TWO");

        CaptureReport report = await _pool.CaptureAsync(
            """
            {"id": "one", "prompt": "1+1"}
            {"id": "two", "prompt": "1 + 1"}
            """,
            new CaptureOptions { Grader = "agreement", Members = ["small"] });

        Assert.Equal([("small", 1, 2), ("large", 2, 2)], report.Members.Select(m => (m.Name, m.Correct, m.GradedByAgreement)));
        Assert.All(Rows("small"), r => Assert.Equal("agreement", r.GetProperty("graded_by").GetString()));
        using JsonDocument members = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_pool.Labels, "members.json")));
        Assert.Equal("large", members.RootElement.GetProperty("reference").GetString());
        Assert.Equal("agreement", LabelSet.Read(_pool.Labels, new(), TestContext.Current.CancellationToken).GradedBy);
    }

    [Fact]
    public async Task Answers_that_were_compared_with_one_member_are_not_mixed_with_another_s()
    {
        CaptureOptions agreement = new() { Grader = "agreement" };
        _pool.With("small", 5, _ => "x").With("large", 50, _ => "y");
        await _pool.CaptureAsync("""{"id": "one", "prompt": "1+1"}""", agreement);
        _pool.With("huge", 500, _ => "z");

        CaptureException e = await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync("""{"id": "one", "prompt": "1+1"}""", agreement));

        Assert.Contains("'huge' is the strongest", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_is_full_or_breaks_for_once_is_asked_again()
    {
        int asked = 0;
        _pool.With("one", 5, _ => Interlocked.Increment(ref asked) switch
        {
            1 => throw new QueueFullException("Rate limit.", TimeSpan.FromMilliseconds(1)),
            2 => throw new EngineException("The stream was cut."),
            _ => "4",
        });

        CaptureReport report = await _pool.CaptureAsync(Sums, Hasty);

        Assert.Equal((3, 0), (report.Members[0].Questions, report.Members[0].Refused));
        Assert.Equal(5, asked);
    }

    [Fact]
    public async Task A_member_that_fails_ends_the_capture_with_its_name()
    {
        _pool.With("one", 5, _ => throw new EngineException("The step failed."));

        CaptureException e = await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(Many, Hasty));

        Assert.StartsWith("'one' failed at the question", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_stays_full_ends_the_capture_after_some_tries()
    {
        _pool.With("one", 5, _ => throw new QueueFullException("Rate limit."));

        CaptureException e = await Assert.ThrowsAsync<CaptureException>(() => _pool.CaptureAsync(Sums, Hasty));

        Assert.EndsWith("Rate limit. The labels so far are kept; the same command goes on from there.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_at_which_a_member_always_fails_is_counted_and_told()
    {
        _pool.With("one", 5, request => request.Id == "two" ? throw new EngineException("The step failed.") : "4");
        RecordingObserver observer = new();

        CaptureReport report = await _pool.CaptureAsync(Sums, Hasty, observer);

        Assert.Equal((2, 1), (report.Members[0].Questions, report.Members[0].Refused));
        Assert.Equal([("one", "two", "The step failed.")], observer.Refusals);
    }

    private JsonElement[] Rows(string member) =>
        [.. File.ReadAllLines(_pool.LabelPath(member)).Select(line => JsonDocument.Parse(line).RootElement)];
}
