namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>Where the numbers of an answer come from, and which numbers of the question it leaves out.</summary>
internal sealed class SupportFacts
{
    /// <summary>What everyone knows: a dozen, days, months, hours, percentages.</summary>
    private static readonly double[] Common = [0, 1, 2, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000, 3600];

    public SupportFacts(IReadOnlyList<Token> question, IReadOnlyList<Token> answer, ArithmeticFacts arithmetic, FinalAnswer final)
    {
        QuantitySet given = new();
        QuantitySet literals = new();
        QuantitySet inAnswer = new();
        foreach (Token token in answer.Where(token => token.Value != 0))
        {
            inAnswer.Add(token.Value);
            if (token.IsPercent)
                inAnswer.Add(token.Value / 100);
        }

        QuantitySet operands = new();
        foreach (double operand in arithmetic.Equations.SelectMany(equation => equation.Operands))
            operands.Add(operand);
        foreach (Token token in question.Where(token => token.Value != 0))
        {
            bool isNew = given.Add(token.Value);
            double share = token.Value / 100;
            if (token.IsPercent)
            {
                foreach (double derived in (double[])[share, 1 - share, 1 + share, 100 - token.Value, 100 + token.Value])
                    given.Add(derived);
            }

            if (token.Kind != TokenKind.Number || !isNew)
                continue;
            literals.Add(token.Value);
            bool isShareUsed = token.IsPercent && Array.Exists([share, 1 - share, 1 + share], operands.Contains);
            UnusedInEquations += operands.Contains(token.Value) || isShareUsed ? 0 : 1;
            UnusedInAnswer += inAnswer.Contains(token.Value) || isShareUsed ? 0 : 1;
            LargestGiven = Math.Max(LargestGiven, token.Value);
        }

        Literals = literals.Count;
        GivenNumbers = question.Count(token => token.Value != 0);
        FinalIsGiven = final.Value is { } value && given.Contains(value);
        CountOrigins(arithmetic, given);
    }

    /// <summary>Different numbers in digits of the question.</summary>
    public int Literals { get; }

    /// <summary>Numbers of the question, words among them.</summary>
    public int GivenNumbers { get; }

    public double LargestGiven { get; }

    /// <summary>Numbers in digits of the question that no equation uses.</summary>
    public int UnusedInEquations { get; }

    /// <summary>Those that stand nowhere in the answer.</summary>
    public int UnusedInAnswer { get; }

    /// <summary>Operands that are neither given, nor computed before, nor common knowledge.</summary>
    public int UnsupportedOperands { get; private set; }

    /// <summary>Operands that are common knowledge only.</summary>
    public int CommonOperands { get; private set; }

    /// <summary>Operands that are results of earlier equations.</summary>
    public int ReusedResults { get; private set; }

    public bool FinalIsGiven { get; }

    private void CountOrigins(ArithmeticFacts arithmetic, QuantitySet given)
    {
        QuantitySet common = new();
        foreach (double value in Common)
            common.Add(value);
        QuantitySet computed = new();
        foreach (Equation equation in arithmetic.Equations)
        {
            foreach (double operand in equation.Operands)
            {
                if (computed.Contains(operand))
                    ReusedResults++;
                else if (given.Contains(operand))
                    continue;
                else if (common.Contains(operand))
                    CommonOperands++;
                else
                    UnsupportedOperands++;
            }

            computed.Add(equation.Right);
        }
    }
}

/// <summary>Numbers that count as the same when their first nine digits agree.</summary>
internal sealed class QuantitySet
{
    private readonly HashSet<double> _keys = [];

    public int Count => _keys.Count;

    public bool Add(double value) => _keys.Add(Key(value));

    public bool Contains(double value) => _keys.Contains(Key(value));

    private static double Key(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return value;
        double scale = Math.Pow(10, 8 - Math.Floor(Math.Log10(Math.Abs(value))));
        return double.IsFinite(scale) && scale > 0 ? Math.Round(value * scale) / scale : value;
    }
}
