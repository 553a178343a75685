namespace CascadeLocal.Routing.Judging.Text;

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
