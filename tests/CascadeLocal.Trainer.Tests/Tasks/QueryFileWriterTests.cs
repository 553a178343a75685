using System.Text.Json;

using CascadeLocal.Trainer.Queries;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

public sealed class QueryFileWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cascade-queries-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Five_files_hold_the_counts_and_no_id_or_question_twice()
    {
        IReadOnlyList<string> paths = QueryFileWriter.Write(_folder, seed: 1, new QueryCounts());

        Assert.Equal(
            ["lm-train.jsonl", "fit.jsonl", "certify.jsonl", "test.jsonl", "probe.jsonl"],
            paths.Select(Path.GetFileName));
        Dictionary<string, List<QueryRow>> rows = paths.ToDictionary(path => Path.GetFileNameWithoutExtension(path), Read);
        Assert.True(rows["certify"].Count >= 3_000);
        Assert.True(rows["test"].Count >= 3_000);
        List<QueryRow> all = [.. rows.Values.SelectMany(file => file)];
        Assert.Equal(all.Count, all.Select(row => row.Id).Distinct().Count());
        Assert.DoesNotContain(all.CountBy(Question), question => question.Value > 1);
        Assert.All(all, row =>
        {
            Assert.True(row.Prompt is null != row.Messages is null);
            Assert.Equal("exact", row.Grader);
            Assert.Equal(row.Answer.Trim(), row.Answer);
            Assert.Equal(TaskDraws.Family(row.Task).Topic, row.Topic);
            Assert.InRange(row.Level, 1, TaskDraws.Family(row.Task).Levels);
        });
    }

    [Fact]
    public void A_line_has_the_fields_that_datasets_have()
    {
        QueryFileWriter.Write(_folder, seed: 1, Few);
        using JsonDocument line = JsonDocument.Parse(File.ReadLines(Path.Combine(_folder, "test.jsonl"))
            .First(text => text.Contains("\"prompt\"", StringComparison.Ordinal)));
        Assert.Equal(
            ["answer", "grader", "id", "level", "prompt", "task", "topic"],
            line.RootElement.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Files_can_be_read_by_people()
    {
        QueryFileWriter.Write(_folder, seed: 1, Few with { Test = 500 });
        string text = File.ReadAllText(Path.Combine(_folder, "test.jsonl"));
        Assert.Contains(" + ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u00", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_decides_every_byte()
    {
        string other = Path.Combine(_folder, "other");
        IReadOnlyList<string> first = QueryFileWriter.Write(_folder, seed: 7, Few);
        IReadOnlyList<string> second = QueryFileWriter.Write(other, seed: 7, Few);
        Assert.All(first.Zip(second), pair => Assert.Equal(File.ReadAllBytes(pair.First), File.ReadAllBytes(pair.Second)));
    }

    private static QueryCounts Few => new() { LmTrain = 50, Fit = 50, Certify = 50, Test = 50, Probe = 50 };

    private static List<QueryRow> Read(string path) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize(line, QueryJsonContext.Default.QueryRow)!)];

    private static string Question(QueryRow row) =>
        row.Prompt ?? string.Join('\n', row.Messages!.Select(message => $"{message.Role}: {message.Content}"));
}
