namespace CascadeLocal.Routing.Judging.Text;

/// <summary>One equals sign of a text, with something to compute on its left.</summary>
/// <param name="Start">Where its left side begins, in UTF-16 units.</param>
/// <param name="Operands">The numbers of its left side; a percentage as its share.</param>
/// <param name="Operators">Which operators its left side has.</param>
/// <param name="Left">The value of the left side.</param>
/// <param name="Right">The value of the right side.</param>
/// <param name="Result">The right side, where it is one number.</param>
/// <param name="Verdict">Whether it holds.</param>
internal sealed record Equation(
    int Start, double[] Operands, IReadOnlyList<TokenKind> Operators, double Left, double Right, double? Result, EquationVerdict Verdict);
