using System.Text.Json;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Board;

/// <summary>Where a board's data, measurements and page are.</summary>
internal sealed record BoardContext(string Data, string State, string Docs, int Cuts, int Seeds, CancellationToken CancellationToken)
{
    public string FileOf(string step) => Path.Combine(Directory.CreateDirectory(State).FullName, $"{step}.json");

    public string ImageOf(string set) => Path.Combine(Directory.CreateDirectory(Path.Combine(Docs, "images")).FullName, $"board-{set}.svg");

    /// <summary>Labels with the vectors of their texts, which are kept between runs.</summary>
    public async Task<BoardLabels> EmbedAsync(string name, LabelRow[] rows)
    {
        LabelSet set = new(rows, null, []);
        QuestionTable table = QuestionTable.Of(set, name);
        using TextEmbedder embedder = TextEmbedder.Load(new());
        VectorCache cache = new(Path.Combine(State, "vectors"), embedder);
        PointSet vectors = await cache.EmbedAsync(table.Texts, cancellationToken: CancellationToken);
        return new(name, rows, table, vectors, new(embedder.Name, embedder.Fingerprint, embedder.Dimensions));
    }
}

/// <summary>Labels of a set.</summary>
internal sealed record BoardLabels(string Name, LabelRow[] Rows, QuestionTable Table, PointSet Vectors, PolicyEmbedder Embedder)
{
    /// <summary>A part of the questions by a predicate on their text's place, the rest in the other.</summary>
    public (BoardLabels In, BoardLabels Out) Split(Func<int, bool> isIn) => (Part(isIn), Part(text => !isIn(text)));

    public EmbeddedTable Embedded => new(Table, Vectors);

    public LabelSet Set => new(Rows, null, []);

    /// <summary>The vectors in the order of other texts.</summary>
    public PointSet Of(IReadOnlyList<string> texts)
    {
        Dictionary<string, int> places = Table.Texts.Select((text, place) => (text, place)).ToDictionary(t => t.text, t => t.place);
        return Vectors.Select([.. texts.Select(text => places[text])]);
    }

    private BoardLabels Part(Func<int, bool> isIn)
    {
        HashSet<string> texts = [.. Table.Texts.Where((_, place) => isIn(place))];
        LabelRow[] rows = [.. Rows.Where(row => texts.Contains(row.Prompt))];
        QuestionTable table = QuestionTable.Of(new(rows, null, []), Name);
        return this with { Rows = rows, Table = table, Vectors = Of(table.Texts) };
    }
}

/// <summary>What a step measured, by key.</summary>
internal sealed class StepResult
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Results of rows.</summary>
    public Dictionary<string, Reached> Rows { get; init; } = [];

    /// <summary>Sentences on curves, by set.</summary>
    public Dictionary<string, string> Curves { get; init; } = [];

    public static StepResult? Load(string file) => File.Exists(file) ? JsonSerializer.Deserialize<StepResult>(File.ReadAllText(file)) : null;

    public void Save(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Indented));
}

/// <summary>What was reached.</summary>
/// <param name="Text">The figures.</param>
/// <param name="Meets">goal, must, no, or an empty text where there is nothing to meet.</param>
internal sealed record Reached(string Text, string Meets)
{
    public static Reached Of(string text, bool must, bool goal) => new(text, goal ? "goal" : must ? "must" : "no");
}
