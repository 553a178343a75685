using System.CommandLine;
using System.Globalization;


namespace CascadeLocal.Cli.Commands;

/// <summary>--price: what the tokens of models cost.</summary>
internal sealed class PriceFlag
{
    public PriceFlag() => Option.Validators.Add(result =>
    {
        foreach (string text in result.GetValueOrDefault<string[]>() ?? [])
        {
            if (Parse(text) is null)
                result.AddError($"--price '{text}' must be a model and its prices per million tokens of prompt and answer, such as small=0.15,0.6.");
        }
    });

    public Option<string[]> Option { get; } = new("--price")
    {
        Description = "Price a model's answers by their tokens, per million of prompt and answer; may be repeated, and wins over the labels' cost_usd",
        HelpName = "model=in,out",
    };

    /// <summary>The prices by model; the last of a model counts.</summary>
    public IReadOnlyDictionary<string, TokenPrice> Of(ParseResult result) => (result.GetValue(Option) ?? [])
        .Select(text => Parse(text)!.Value)
        .GroupBy(price => price.Model)
        .ToDictionary(prices => prices.Key, prices => prices.Last().Price);

    // The last equals sign: names may have one.
    private static (string Model, TokenPrice Price)? Parse(string text)
    {
        int at = text.LastIndexOf('=');
        double[] prices = [.. text[(at + 1)..].Split(',').Select(Amount)];
        return at > 0 && prices.Length == 2 && prices.All(price => price >= 0 && double.IsFinite(price))
            ? (text[..at], new(prices[0], prices[1]))
            : null;
    }

    private static double Amount(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double amount) ? amount : double.NaN;
}
