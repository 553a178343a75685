using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Queries;

namespace CascadeLocal.Calibration.Labels;

/// <summary>Collects the rows of label files and checks them against each other.</summary>
internal sealed class LabelSetReader
{
    private readonly LabelOptions _options;
    private readonly HashSet<string>? _pool;
    private readonly IReadOnlyDictionary<string, string>? _queries;
    private readonly List<LabelRow> _rows = [];
    private readonly Dictionary<(string Id, string Model, int Run), (string File, int Line)> _places = [];
    private readonly Dictionary<string, (string Prompt, RequestKind Kind, string File, int Line)> _prompts = [];
    private int _truthValues;

    /// <exception cref="DataFileException">The file of the questions is wrong.</exception>
    public LabelSetReader(LabelOptions options, IReadOnlyList<LabelMember>? members)
    {
        _options = options;
        _pool = (options.Pool ?? members?.Select(member => member.Name))?.ToHashSet();
        _queries = options.Queries is { } file ? QueryFile.ReadPrompts(file) : null;
    }

    public IReadOnlyList<LabelRow> Rows => _rows;

    public IEnumerable<string> Notices => _truthValues == 0
        ? []
        : [$"correct is true or false in {_truthValues} of {_rows.Count} rows, and was read as 1 or 0"];

    public void Read(string file, CancellationToken cancellationToken) =>
        LabelFile.Read(file, _options.WithSignals, (label, line) => Take(file, line, label), cancellationToken);

    private void Take(string file, int line, LabelLine label)
    {
        LabelRow row = label.Row;
        if (_pool is not null && !_pool.Contains(row.Model))
            throw new DataFileException(file, line, "model", $"'{row.Model}' is not in the pool: {string.Join(", ", _pool.Order(StringComparer.Ordinal))}");
        if (!_places.TryAdd((row.Id, row.Model, row.Run), (file, line)))
        {
            (string otherFile, int otherLine) = _places[(row.Id, row.Model, row.Run)];
            throw new DataFileException(
                file, line, "id", $"'{row.Id}' of {row.Model}, run {row.Run}, is given twice; the first is {otherFile}:{otherLine}");
        }

        if (!label.HasPrompt)
            row = row with { Prompt = PromptOf(file, line, row.Id) };
        if (_prompts.TryGetValue(row.Id, out var known))
        {
            if (known.Prompt != row.Prompt)
                throw new DataFileException(file, line, "prompt", $"is not that of the same id, '{row.Id}', in {known.File}:{known.Line}");
            if (known.Kind != row.Kind)
                throw new DataFileException(file, line, "kind", $"is not that of the same id, '{row.Id}', in {known.File}:{known.Line}");
            row = row with { Prompt = known.Prompt };  // one string for all rows of a question
        }
        else
        {
            _prompts[row.Id] = (row.Prompt, row.Kind, file, line);
        }

        _truthValues += label.HasTruthValue ? 1 : 0;
        _rows.Add(_options.Prices.TryGetValue(row.Model, out TokenPrice? price) ? Priced(file, line, row, price) : row);
    }

    // A token that nobody counted has no price that anybody could check.
    private static LabelRow Priced(string file, int line, LabelRow row, TokenPrice price)
    {
        if (price.Input > 0 && row.PromptTokens is null)
            throw new DataFileException(file, line, "prompt_tokens", $"is missing, and the price of {row.Model} needs it");
        if (price.Output > 0 && row.OutputTokens is null)
            throw new DataFileException(file, line, "output_tokens", $"is missing, and the price of {row.Model} needs it");
        return row with
        {
            CostUsd = price.Of(row.PromptTokens ?? 0, row.OutputTokens ?? 0),
            TokenCost = price.OfOutputToken,
        };
    }

    private string PromptOf(string file, int line, string id)
    {
        if (_queries is null)
            throw new DataFileException(file, line, "prompt", "is missing, and no file of questions is given (--queries)");
        return _queries.TryGetValue(id, out string? prompt)
            ? prompt
            : throw new DataFileException(file, line, "prompt", $"is missing, and {_options.Queries} has no prompt for the id '{id}'");
    }
}
