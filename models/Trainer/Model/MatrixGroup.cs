namespace CascadeLocal.Trainer.Model;

/// <summary>Hidden matrices of one shape that lie behind each other, so that they can be updated as one batch.</summary>
/// <param name="Offset">The first element in the flat parameter vector.</param>
/// <param name="Count">How many matrices.</param>
/// <param name="Rows">Outputs of each.</param>
/// <param name="Columns">Inputs of each.</param>
internal readonly record struct MatrixGroup(int Offset, int Count, int Rows, int Columns)
{
    /// <summary>The group's number of elements.</summary>
    public int Length => Count * Rows * Columns;
}
