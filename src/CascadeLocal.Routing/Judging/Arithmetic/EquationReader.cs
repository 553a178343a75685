using System.Runtime.InteropServices;

namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>
/// Finds the equations of a text: at each equals sign the longest expression that ends before it and the longest that
/// begins after it. In a chain, <c>10 + 20 = 6 * 5 = 30</c>, every sign is one equation. What has letters where a number
/// should be is algebra and is passed over.
/// </summary>
internal static class EquationReader
{
    /// <summary>Words that may stand between a number and an operator: "4 car washes a month * 12 months".</summary>
    private const int MaximumUnitWords = 6;

    /// <summary>An expression has no more tokens; it keeps the time linear.</summary>
    private const int MaximumTokens = 200;

    /// <summary>The equations in the order of the text.</summary>
    public static List<Equation> Read(List<Token> list)
    {
        ReadOnlySpan<Token> tokens = CollectionsMarshal.AsSpan(list);
        List<Equation> equations = [];
        int begin = 0;
        for (int at = 0; at < tokens.Length; at++)
        {
            if (tokens[at].Kind == TokenKind.Break)
                begin = at + 1;
            if (tokens[at].Kind != TokenKind.Equals)
                continue;
            ReadOnlySpan<Token> left = Before(tokens[begin..at]);
            ReadOnlySpan<Token> right = After(tokens[(at + 1)..]);
            if (!left.IsEmpty && !right.IsEmpty && Compare(left, right, IsAnnotated(tokens[at], right[0])) is { } equation)
                equations.Add(equation);
            begin = at + 1;
        }

        return equations;
    }

    /// <summary>Whether an annotation, which the tokens lack, stands between the sign and what follows.</summary>
    private static bool IsAnnotated(Token sign, Token next) => next.Start - sign.End >= "<<>>".Length;

    private static Equation? Compare(ReadOnlySpan<Token> left, ReadOnlySpan<Token> right, bool isAnnotated)
    {
        double leftValue = Expression.Evaluate(left);
        double rightValue = Expression.Evaluate(right);
        TokenKind[] operators = OperatorsOf(left);
        if (operators.Length == 0 || double.IsNaN(leftValue) || double.IsNaN(rightValue))
            return null;
        EquationVerdict verdict = Judge(left, right);
        bool isNumber = OperatorsOf(right).Length == 0 && right[0].Kind == TokenKind.Number;
        if (!isNumber && verdict != EquationVerdict.Holds && right[0].Kind == TokenKind.Number && Judge(left, right[..1]) == EquationVerdict.Holds)
        {
            // A running computation, 2 + 3 = 5 * 4 = 20: each sign is about the number after it.
            verdict = EquationVerdict.Holds;
            isNumber = true;
            rightValue = Expression.Evaluate(right[..1]);
        }

        if (isAnnotated && verdict == EquationVerdict.Wrong)
            verdict = EquationVerdict.Elided;
        return new(left[0].Start, OperandsOf(left), operators, leftValue, rightValue, isNumber ? rightValue : null, verdict);
    }

    private static EquationVerdict Judge(ReadOnlySpan<Token> left, ReadOnlySpan<Token> right)
    {
        double leftValue = Expression.Evaluate(left);
        double rightValue = Expression.Evaluate(right);
        int decimals = DecimalsOf(right);
        EquationVerdict verdict = Judge(leftValue, rightValue, decimals);
        if (verdict == EquationVerdict.Holds || !(HasPercent(left) || HasPercent(right)))
            return verdict;
        // 40% of 100% may be written as 40 of 100, and a share as 40 instead of 40%.
        double percentLeft = Expression.Evaluate(left, percent: 1);
        double percentRight = Expression.Evaluate(right, percent: 1);
        foreach ((double a, double b) in ((double, double)[])[(percentLeft, percentRight), (leftValue, percentRight), (100 * leftValue, percentRight)])
            verdict = (EquationVerdict)Math.Min((int)verdict, (int)Judge(a, b, decimals));
        return verdict;
    }

    private static EquationVerdict Judge(double left, double right, int decimals)
    {
        double difference = Math.Abs(left - right);
        double lastDigit = Math.Pow(10, -decimals);
        // 5 / 2 = 3 has been rounded away from what the question may ask for; 10 / 3 = 3.33 has not.
        double tolerance = (decimals == 0 ? 0 : 0.5 * lastDigit) + (1e-9 * (1 + Math.Abs(left)));
        if (difference <= tolerance)
            return EquationVerdict.Holds;
        return difference < lastDigit ? EquationVerdict.Rounded : EquationVerdict.Wrong;
    }

    /// <summary>The longest expression at the end of tokens: operands and operators by turns, groups whole.</summary>
    private static ReadOnlySpan<Token> Before(ReadOnlySpan<Token> tokens)
    {
        if (tokens.Length > MaximumTokens)
            tokens = tokens[^MaximumTokens..];
        int start = tokens.Length;
        int at = tokens.Length - 1;
        while (true)
        {
            at = SkipWords(tokens, at, -1);
            int operand = OperandStart(tokens, at);
            if (operand < 0)
                return tokens[start..];
            start = operand;
            at = SkipWords(tokens, operand - 1, -1);
            bool isProduct = at == operand - 1 && at >= 0 && IsGlued(tokens[at], tokens[operand]);
            if (isProduct)
                continue;
            if (at < 0 || !tokens[at].IsOperator)
                return tokens[start..];
            int beforeSign = SkipWords(tokens, at - 1, -1);
            if (OperandStart(tokens, beforeSign) < 0)
            {
                // A sign, as in "-5 + 3", or an operator that nothing stands before: "A * 6" is algebra.
                bool isSign = tokens[at].Kind == TokenKind.Minus && at == 0;
                return isSign ? tokens[at..] : HasWordBefore(tokens, at) ? [] : tokens[start..];
            }

            at--;
        }
    }

    /// <summary>The longest expression at the beginning of tokens.</summary>
    private static ReadOnlySpan<Token> After(ReadOnlySpan<Token> tokens)
    {
        if (tokens.Length > MaximumTokens)
            tokens = tokens[..MaximumTokens];
        int at = 0;
        int end = 0;
        while (true)
        {
            if (at < tokens.Length && tokens[at].Kind == TokenKind.Minus)
                at++;
            int operand = OperandEnd(tokens, at);
            if (operand < 0)
                return tokens[..end];
            end = operand;
            if (end < tokens.Length && tokens[end].Kind == TokenKind.Open && IsGlued(tokens[end - 1], tokens[end]))
            {
                at = end;
                continue;
            }

            at = SkipWords(tokens, end, 1);
            if (at >= tokens.Length || !tokens[at].IsOperator)
                return tokens[..end];
            at = SkipWords(tokens, at + 1, 1);
        }
    }

    private static bool IsGlued(Token before, Token group) =>
        group.Kind == TokenKind.Open && group.Start == before.End && before.Kind is TokenKind.Number or TokenKind.Close;

    private static bool HasWordBefore(ReadOnlySpan<Token> tokens, int at) => at > 0 && tokens[at - 1].Kind == TokenKind.Word;

    private static int SkipWords(ReadOnlySpan<Token> tokens, int at, int step)
    {
        for (int words = 0; words < MaximumUnitWords && at >= 0 && at < tokens.Length && tokens[at].Kind == TokenKind.Word; words++)
            at += step;
        return at;
    }

    /// <summary>Where the number or group that ends here begins, or -1.</summary>
    private static int OperandStart(ReadOnlySpan<Token> tokens, int at)
    {
        if (at < 0)
            return -1;
        if (tokens[at].Kind is not TokenKind.Close)
            return tokens[at].Kind == TokenKind.Number ? at : -1;
        int depth = 0;
        for (; at >= 0; at--)
        {
            depth += tokens[at].Kind switch { TokenKind.Close => 1, TokenKind.Open => -1, _ => 0 };
            if (depth == 0)
                return at;
        }

        return -1;
    }

    /// <summary>Where the number or group that begins here ends, or -1.</summary>
    private static int OperandEnd(ReadOnlySpan<Token> tokens, int at)
    {
        if (at >= tokens.Length || tokens[at].Kind is not (TokenKind.Number or TokenKind.Open))
            return -1;
        int depth = 0;
        for (int end = at; end < tokens.Length && tokens[end].Kind is not (TokenKind.Break or TokenKind.Equals); end++)
        {
            depth += tokens[end].Kind switch { TokenKind.Open => 1, TokenKind.Close => -1, _ => 0 };
            if (depth == 0)
                return end + 1;
        }

        return -1;
    }

    private static TokenKind[] OperatorsOf(ReadOnlySpan<Token> tokens)
    {
        List<TokenKind> operators = [];
        for (int i = 1; i < tokens.Length; i++)
        {
            if (tokens[i].IsOperator)
                operators.Add(tokens[i].Kind);
            else if (IsGlued(tokens[i - 1], tokens[i]))
                operators.Add(TokenKind.Times);
        }

        return [.. operators];
    }

    private static double[] OperandsOf(ReadOnlySpan<Token> tokens)
    {
        List<double> operands = [];
        foreach (Token token in tokens)
        {
            if (token.Kind == TokenKind.Number)
                operands.Add(token.IsPercent ? token.Value / 100 : token.Value);
        }

        return [.. operands];
    }

    private static int DecimalsOf(ReadOnlySpan<Token> tokens)
    {
        int decimals = 0;
        foreach (Token token in tokens)
            decimals = Math.Max(decimals, token.Decimals);
        return decimals;
    }

    private static bool HasPercent(ReadOnlySpan<Token> tokens)
    {
        foreach (Token token in tokens)
        {
            if (token.IsPercent)
                return true;
        }

        return false;
    }
}

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

/// <summary>Whether an equation holds.</summary>
internal enum EquationVerdict
{
    /// <summary>Within the last digit that is written.</summary>
    Holds,

    /// <summary>Within one unit of the last digit: the right side has been cut or rounded to a whole number.</summary>
    Rounded,

    /// <summary>
    /// It does not, but an annotation says what was meant: "half of 16 is 1/2 = &lt;&lt;16*1/2=8&gt;&gt;8", "2 hours =
    /// &lt;&lt;2*60=120&gt;&gt;120 minutes".
    /// </summary>
    Elided,

    /// <summary>It does not.</summary>
    Wrong,
}
