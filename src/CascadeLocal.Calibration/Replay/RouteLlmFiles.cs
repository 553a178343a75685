using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Json;

using nietras.SeparatedValues;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// RouteLLM's evaluation labels (github lm-sys/RouteLLM, routellm/evals): which questions of a benchmark Mixtral 8x7B and
/// GPT-4 answer rightly. Questions that RouteLLM lists as contaminated are left out, as its evaluation does.
/// </summary>
internal static class RouteLlmFiles
{
    private const string WeakColumn = "mistralai/Mixtral-8x7B-Instruct-v0.1";
    private const string StrongColumn = "gpt-4-1106-preview";

    /// <summary>MMLU: 57 CSV files in one archive, no answers. The order is that of the files' names.</summary>
    public static IReadOnlyList<PairQuestion> ReadMmlu(string folder)
    {
        string path = ReplayData.File(folder, "mmlu_responses.tar.gz");
        SortedDictionary<string, List<PairQuestion>> domains = new(StringComparer.Ordinal);
        using GZipStream archive = new(System.IO.File.OpenRead(path), CompressionMode.Decompress);
        using TarReader entries = new(archive);
        while (entries.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && entry.Name.EndsWith(".csv", StringComparison.Ordinal))
                domains[entry.Name] = ReadCsv($"{path}:{entry.Name}", data, hasAnswers: false);
        }

        return WithoutContaminated(domains.Values.SelectMany(domain => domain), ReplayData.File(folder, "mmlu_contaminated_prompts.jsonl"));
    }

    /// <summary>GSM8K: one CSV file with the weak model's answers.</summary>
    public static IReadOnlyList<PairQuestion> ReadGsm8k(string folder)
    {
        string path = ReplayData.File(folder, "gsm8k_responses.csv.gz");
        using GZipStream data = new(System.IO.File.OpenRead(path), CompressionMode.Decompress);
        return WithoutContaminated(ReadCsv(path, data, hasAnswers: true), ReplayData.File(folder, "gsm8k_contaminated_prompts.jsonl"));
    }

    private static List<PairQuestion> ReadCsv(string name, Stream data, bool hasAnswers)
    {
        using StreamReader text = new(data);
        using SepReader reader = new Sep(',').Reader(options => options with { Unescape = true }).From(text);
        int prompt = Column("prompt");
        int weak = Column(WeakColumn);
        int strong = Column(StrongColumn);
        int answer = hasAnswers ? Column($"{WeakColumn}_response") : -1;
        List<PairQuestion> questions = [];
        foreach (SepReader.Row row in reader)
        {
            questions.Add(new(
                row[prompt].ToString(),
                Flag(row[weak].ToString(), WeakColumn, row.LineNumberFrom),
                Flag(row[strong].ToString(), StrongColumn, row.LineNumberFrom),
                hasAnswers ? row[answer].ToString() : null));
        }

        return questions;

        int Column(string column) => reader.Header.TryIndexOf(column, out int index)
            ? index
            : throw new DataFileException(name, 1, column, "there is no such column");

        bool Flag(string value, string column, int line) => bool.TryParse(value, out bool flag)
            ? flag
            : throw new DataFileException(name, line, column, $"'{value}' is neither True nor False");
    }

    private static List<PairQuestion> WithoutContaminated(IEnumerable<PairQuestion> questions, string path)
    {
        HashSet<string> contaminated = [];
        int line = 0;
        foreach (string json in System.IO.File.ReadLines(path))
        {
            line++;
            try
            {
                using JsonDocument row = JsonDocument.Parse(json);
                contaminated.Add(row.RootElement.GetProperty("eval_prompt").GetString() ?? "");
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new DataFileException(path, line, "eval_prompt", e.Message);
            }
        }

        return [.. questions.Where(question => !contaminated.Contains(question.Prompt))];
    }
}
