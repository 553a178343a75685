namespace CascadeLocal.Trainer.Model;

/// <summary>Where one weight lies in the flat parameter vector.</summary>
/// <param name="Name">Its tensor name in a GGUF file.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Rows">Outputs of a matrix; 1 for a norm's gain.</param>
/// <param name="Columns">Inputs of a matrix, or the length of a gain.</param>
/// <param name="IsVector">A gain, which has one dimension.</param>
internal readonly record struct ParameterSlot(string Name, int Offset, int Rows, int Columns, bool IsVector)
{
    /// <summary>Its number of elements.</summary>
    public int Length => Rows * Columns;
}
