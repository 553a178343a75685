using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Routing.Clustering;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Questions with the vectors of their texts.</summary>
/// <param name="Table">The questions.</param>
/// <param name="Texts">One vector per text of the table.</param>
public sealed record EmbeddedTable(QuestionTable Table, PointSet Texts)
{
    internal EmbeddedTable? Select(Predicate<int> text) =>
        Table.Select(text) is var (table, texts) ? new(table, Texts.Select(texts)) : null;
}
