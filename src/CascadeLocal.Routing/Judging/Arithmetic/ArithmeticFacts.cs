namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>What the equations of an answer say about it: whether they hold, and which of them anything rests on.</summary>
internal sealed class ArithmeticFacts
{
    public ArithmeticFacts(IReadOnlyList<Equation> equations, FinalAnswer final)
    {
        Equations = equations;
        Wrong = equations.Count(equation => equation.Verdict == EquationVerdict.Wrong);
        Rounded = equations.Count(equation => equation.Verdict == EquationVerdict.Rounded);
        Elided = equations.Count(equation => equation.Verdict == EquationVerdict.Elided);
        double[] results = [.. equations.Where(equation => equation.Result is not null).Select(equation => equation.Result!.Value)];
        LastResult = results.Length > 0 ? results[^1] : null;
        FractionalResults = results.Count(result => result != Math.Floor(result));
        NegativeResults = results.Count(result => result < 0);
        LargestResult = results.Length > 0 ? results.Max(Math.Abs) : 0;
        LastIsWrong = equations.Count > 0 && equations[^1].Verdict == EquationVerdict.Wrong;
        foreach (TokenKind kind in equations.SelectMany(equation => equation.Operators))
            _operators[(int)kind]++;
        (DanglingResults, DistinctResults) = CountDangling(equations, final);
        FinalIsResult = final.Value is { } value && results.Any(result => Same(result, value));
        FinalIsLastResult = final.Value is { } last && LastResult is { } computed && Same(computed, last);
    }

    private readonly int[] _operators = new int[(int)TokenKind.Other + 1];

    public IReadOnlyList<Equation> Equations { get; }

    public int Wrong { get; }

    public int Rounded { get; }

    public int Elided { get; }

    public double? LastResult { get; }

    public bool LastIsWrong { get; }

    public int FractionalResults { get; }

    public int NegativeResults { get; }

    public double LargestResult { get; }

    /// <summary>Different results that no later equation uses and that are not the final answer.</summary>
    public int DanglingResults { get; }

    public int DistinctResults { get; }

    public bool FinalIsResult { get; }

    public bool FinalIsLastResult { get; }

    public int CountOf(TokenKind kind) => _operators[(int)kind];

    public static bool Same(double a, double b) => Math.Abs(a - b) <= 1e-6 * (1 + Math.Abs(a));

    private static (int Dangling, int Distinct) CountDangling(IReadOnlyList<Equation> equations, FinalAnswer final)
    {
        QuantitySet used = new();
        QuantitySet seen = new();
        int dangling = 0;
        if (final.Value is { } value)
            used.Add(value);
        // From the end: what later equations use is known when a result comes up.
        foreach (Equation equation in equations.Reverse())
        {
            if (equation.Result is { } result && seen.Add(result) && !used.Contains(result))
                dangling++;
            foreach (double operand in equation.Operands)
                used.Add(operand);
        }

        return (dangling, seen.Count);
    }
}
