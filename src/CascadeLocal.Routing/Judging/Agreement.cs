using System.Globalization;
using System.Numerics.Tensors;

namespace CascadeLocal.Routing.Judging;

/// <summary>
/// What a model's whole answer is worth to somebody who knows the whole answer of another model that was rejected before it. Two models
/// that say the same are more often right, and two that differ less often, than their own signals tell.
/// </summary>
/// <param name="Own">Corrects the chance that the answer is right.</param>
/// <param name="Target">Corrects the target's chance; null where knowing more of it is no help.</param>
public sealed record Agreement(AgreementHead Own, AgreementHead? Target)
{
    /// <summary>Both chances, corrected.</summary>
    /// <param name="own">The chance that the answer is right, by its judge alone.</param>
    /// <param name="target">The same of the target's.</param>
    /// <param name="earlier">The chance that the answer before it is right, by its judge alone at its end.</param>
    /// <param name="likeness">How like both answers are.</param>
    public (double Own, double Target) Correct(double own, double target, double earlier, AnswerLikeness likeness)
    {
        Span<double> inputs = stackalloc double[AgreementHead.Inputs];
        AgreementHead.Write(own, target, earlier, likeness, inputs);
        return (Own.Probability(inputs), Target?.Probability(inputs) ?? target);
    }
}

/// <summary>A logistic regression on log-odds of three chances and on the likeness of two answers.</summary>
/// <param name="weights">One of each input, <see cref="Inputs"/> in all, the constant first.</param>
/// <exception cref="ArgumentException">Their number is another one, or one is not finite.</exception>
public sealed class AgreementHead(IReadOnlyList<double> weights)
{
    /// <summary>How many inputs there are: the constant, three log-odds, three of likeness.</summary>
    public const int Inputs = 7;

    // What a judge is surer of than this counts as no surer.
    private const double Least = 1e-4;

    private const double Sure = 1e-6;

    private readonly double[] _weights = weights.Count == Inputs && weights.All(double.IsFinite)
        ? [.. weights]
        : throw new ArgumentException($"there are {Inputs} weights, all finite", nameof(weights));

    /// <summary>One of each input.</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <summary>The inputs of an answer.</summary>
    /// <inheritdoc cref="Agreement.Correct" path="/param"/>
    /// <param name="inputs">Where to write, <see cref="Inputs"/> in all.</param>
    internal static void Write(double own, double target, double earlier, AnswerLikeness likeness, Span<double> inputs)
    {
        inputs[0] = 1;
        inputs[1] = LogOdds(own);
        inputs[2] = LogOdds(target);
        inputs[3] = LogOdds(earlier);
        inputs[4] = likeness.Same;
        inputs[5] = likeness.Shared;
        inputs[6] = likeness.SameNumber;
    }

    /// <summary>The chance that these inputs give, never nearer to 0 or 1 than 1e-6.</summary>
    internal double Probability(ReadOnlySpan<double> inputs) =>
        Math.Clamp(1 / (1 + Math.Exp(-TensorPrimitives.Dot(_weights, inputs))), Sure, 1 - Sure);

    private static double LogOdds(double probability)
    {
        double kept = Math.Clamp(probability, Least, 1 - Least);
        return Math.Log(kept / (1 - kept));
    }
}

/// <summary>How like two answers to one question are; all 0..1.</summary>
/// <param name="Same">1 where both are the same text, normalised.</param>
/// <param name="Shared">The beginning that both texts share, as a share of the longer one.</param>
/// <param name="SameNumber">1 where the last number of both is the same; 0 where it is not, or one has none.</param>
public readonly record struct AnswerLikeness(double Same, double Shared, double SameNumber)
{
    /// <summary>Compares two answers.</summary>
    /// <param name="earlier">The one, by <see cref="NormalizedText"/>.</param>
    /// <param name="answer">The other, likewise.</param>
    public static AnswerLikeness Of(string earlier, string answer)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(answer);
        int longer = Math.Max(earlier.Length, answer.Length);
        bool isSame = string.Equals(earlier, answer, StringComparison.Ordinal);
        return new(
            isSame ? 1 : 0,
            longer == 0 ? 1 : (double)earlier.AsSpan().CommonPrefixLength(answer) / longer,
            LastNumber(earlier) is { } number && number == LastNumber(answer) ? 1 : 0);
    }

    private static double? LastNumber(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int space = text.LastIndexOf(' ');
            if (double.TryParse(text[(space + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
                return number;
            text = space < 0 ? [] : text[..space];
        }

        return null;
    }
}

/// <summary>An answer that was rejected at its end, as whoever judges the next one knows it.</summary>
/// <param name="Member">Whose it was.</param>
/// <param name="OwnProbability">The chance that it is right, by its judge alone.</param>
/// <param name="Text">All of it.</param>
public sealed record EarlierAnswer(string Member, double OwnProbability, string Text);

/// <summary>Judges answers beside one that was rejected before them.</summary>
/// <param name="agreement">What it makes of both.</param>
/// <param name="earlier">The one before.</param>
public sealed class Comparison(Agreement agreement, EarlierAnswer earlier)
{
    private readonly string _earlier = NormalizedText.Of(earlier.Text);

    /// <summary>Both chances, corrected.</summary>
    /// <param name="own">The chance that the answer is right, by its judge alone.</param>
    /// <param name="target">The same of the target's.</param>
    /// <param name="answer">All of the answer.</param>
    public (double Own, double Target) Correct(double own, double target, ReadOnlySpan<char> answer) =>
        agreement.Correct(own, target, earlier.OwnProbability, AnswerLikeness.Of(_earlier, NormalizedText.Of(answer.ToString())));
}
