namespace CascadeLocal.Contracts;

/// <summary>What a model's tokens cost, in money or whatever else is counted alike for all models, per million.</summary>
/// <param name="Input">Per million tokens of the prompt, cached ones included.</param>
/// <param name="Output">Per million tokens of the answer.</param>
public sealed record TokenPrice(double Input, double Output)
{
    private const double Million = 1e6;

    /// <summary>What one token of an answer costs.</summary>
    public double OfOutputToken => Output / Million;

    /// <summary>What an answer costs.</summary>
    /// <param name="promptTokens">Tokens of its prompt.</param>
    /// <param name="outputTokens">Its own tokens.</param>
    public double Of(double promptTokens, double outputTokens) => ((Input * promptTokens) + (Output * outputTokens)) / Million;
}
