using System.Globalization;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Times on the command line.</summary>
internal static class Milliseconds
{
    /// <summary>Reads a positive time: 20ms, 1.2s, or a number of ms.</summary>
    public static bool TryParse(string text, out double milliseconds)
    {
        (string number, double unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1),
            _ when text.EndsWith('s') => (text[..^1], 1000),
            _ => (text, 1),
        };
        bool isNumber = double.TryParse(number.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out milliseconds);
        milliseconds *= unit;
        return isNumber && milliseconds > 0 && double.IsFinite(milliseconds);
    }
}
