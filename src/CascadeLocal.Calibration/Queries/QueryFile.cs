using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Queries;

/// <summary>A data set: the questions of a JSON Lines file, plain or .gz.</summary>
public sealed class QueryFile
{
    private QueryFile(string path, IReadOnlyList<Query> queries)
    {
        Path = path;
        Queries = queries;
    }

    /// <summary>The file, as the user named it.</summary>
    public string Path { get; }

    /// <summary>At least one question, in file order; no id comes twice.</summary>
    public IReadOnlyList<Query> Queries { get; }

    /// <summary>Reads a file whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="readRequest">
    /// Reads <c>tools</c>, <c>tool_choice</c>, <c>parallel_tool_calls</c> and <c>response_format</c> of a line (UTF-8), or throws
    /// <see cref="FormatException"/>; null for whoever does not ask for such, so that a line which has one is wrong.
    /// </param>
    /// <exception cref="DataFileException">The file cannot be read, or a line is no question; the message says where and why.</exception>
    public static QueryFile Read(string path, Func<ReadOnlyMemory<byte>, GenerationRequest>? readRequest = null) =>
        Of(path, JsonLines.Read(path), readRequest);

    /// <summary>What is embedded of the questions of a file, each text once; the same question may come twice.</summary>
    /// <exception cref="DataFileException">The file cannot be read, or a line is no question.</exception>
    public static IReadOnlyList<string> ReadTexts(string path) =>
        [.. JsonLines.Read(path).Select(row => QueryReader.ReadPrompt(row).Prompt).Distinct()];

    /// <summary>What is embedded of the questions of a file that have an id, by that id; their answers are not looked at.</summary>
    /// <exception cref="DataFileException">The file cannot be read, a line is no question, or an id has two prompts.</exception>
    public static IReadOnlyDictionary<string, string> ReadPrompts(string path)
    {
        Dictionary<string, string> prompts = [];
        foreach (JsonField row in JsonLines.Read(path))
        {
            (string? id, string prompt) = QueryReader.ReadPrompt(row);
            if (id is not null && !prompts.TryAdd(id, prompt) && prompts[id] != prompt)
                throw row.Get("id").Error($"'{id}' has another prompt in an earlier line");
        }

        return prompts;
    }

    private static QueryFile Of(string path, IEnumerable<JsonField> rows, Func<ReadOnlyMemory<byte>, GenerationRequest>? readRequest)
    {
        List<Query> queries = [];
        Dictionary<string, int> lines = [];
        foreach (JsonField row in rows)
        {
            Query query = QueryReader.Read(row, readRequest);
            if (!lines.TryAdd(query.Id, query.Line))
                throw Twice(row, query, lines[query.Id]);
            queries.Add(query);
        }

        return new QueryFile(path, queries);
    }

    private static DataFileException Twice(JsonField row, Query query, int line) => row.FindValue("id") is { } id
        ? id.Error($"'{query.Id}' is already the id of line {line}")
        : row.Error($"is the same question as line {line}; give both an id if that is meant");
}
