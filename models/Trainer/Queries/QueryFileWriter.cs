using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Queries;

/// <summary>Writes the five query files of a seed: lm-train, fit, certify, test and probe, as JSON lines.</summary>
internal static class QueryFileWriter
{
    // Closed families repeat themselves; so many repeats for each question wanted means that there are no new ones.
    private const int MaxRepeats = 50;

    // Plus signs and quotes as people read them: the files never stand inside a web page.
    private static readonly QueryJsonContext Json = new(
        new JsonSerializerOptions(QueryJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static readonly (TaskSplit Split, string Name)[] Files =
    [
        (TaskSplit.LmTrain, "lm-train"),
        (TaskSplit.Fit, "fit"),
        (TaskSplit.Certify, "certify"),
        (TaskSplit.Test, "test"),
        (TaskSplit.Probe, "probe"),
    ];

    /// <summary>Writes the files, replacing those that exist. The same arguments give the same bytes.</summary>
    /// <param name="folder">Where; made if it does not exist.</param>
    /// <param name="seed">Decides which questions are drawn.</param>
    /// <param name="counts">How many each file holds: no prompt and no id comes twice.</param>
    /// <returns>The paths of the files.</returns>
    public static IReadOnlyList<string> Write(string folder, int seed, QueryCounts counts)
    {
        Directory.CreateDirectory(folder);
        List<string> paths = [];
        foreach ((TaskSplit split, string name) in Files)
        {
            string path = Path.Combine(folder, name + ".jsonl");
            using StreamWriter file = Open(path);
            foreach (QueryRow row in Draw(seed, split, name, counts.For(split)))
                file.WriteLine(JsonSerializer.Serialize(row, Json.QueryRow));
            paths.Add(path);
        }
        return paths;
    }

    /// <summary>Writes the questions of a test as a query file.</summary>
    public static void WriteTest(string path, string test, int perFamily)
    {
        using StreamWriter file = Open(path);
        int number = 0;
        foreach (TaskExample example in HeldOutQuestions.Of(test, perFamily))
            file.WriteLine(JsonSerializer.Serialize(ToRow($"{test}-{++number:00000}", example), Json.QueryRow));
    }

    private static StreamWriter Open(string path) =>
        new(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };

    private static IEnumerable<QueryRow> Draw(int seed, TaskSplit split, string name, int count)
    {
        TaskSampler sampler = new(seed, split, MemberProfile.Even);
        HashSet<string> prompts = [];
        int repeats = 0;
        while (prompts.Count < count)
        {
            TaskExample example = sampler.Next();
            if (!prompts.Add(string.Join('\n', example.Turns.SkipLast(1).Select(turn => turn.Role + ' ' + turn.Content))))
            {
                if (++repeats > MaxRepeats * count)
                    throw new InvalidOperationException($"{name}: fewer than {count} different questions.");
                continue;
            }
            string number = prompts.Count.ToString("00000", CultureInfo.InvariantCulture);
            yield return ToRow($"{name}-{number}", example);
        }
    }

    private static QueryRow ToRow(string id, TaskExample example)
    {
        bool single = example.Turns.Count == 2;
        return new QueryRow
        {
            Id = id,
            Prompt = single ? example.Turns[0].Content : null,
            Messages = single ? null : [.. example.Turns.SkipLast(1).Select(turn => new QueryMessage(turn.Role, turn.Content))],
            Answer = example.Answer,
            Task = example.Family,
            Topic = example.Topic,
            Level = example.Level,
        };
    }
}
