using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>The definitions of docs/sampling.md, word by word, in double precision.</summary>
internal static class SamplingReference
{
    /// <summary>How far from a border the kernels may differ.</summary>
    public const double Border = 1e-5;

    public static double[] Usable(ReadOnlySpan<float> logits)
    {
        double[] usable = new double[logits.Length];
        for (int i = 0; i < usable.Length; i++)
            usable[i] = float.IsNaN(logits[i]) ? double.NegativeInfinity : Math.Min(logits[i], float.MaxValue);
        return usable;
    }

    /// <summary>Token ids, the most probable first, of equal ones the lowest first; impossible ones are left out.</summary>
    public static int[] Ranked(double[] logits) =>
        [.. Enumerable.Range(0, logits.Length).Where(i => !double.IsNegativeInfinity(logits[i])).OrderByDescending(i => logits[i]).ThenBy(i => i)];

    public static double LogProbability(double[] logits, int token)
    {
        double best = logits.Max();
        return logits[token] - best - Math.Log(logits.Sum(x => Math.Exp(x - best)));
    }

    public static double Entropy(double[] logits)
    {
        double best = logits.Max();
        double sum = logits.Sum(x => Math.Exp(x - best));
        return -logits.Sum(x =>
        {
            double p = Math.Exp(x - best) / sum;
            return p > 0 ? p * Math.Log(p) : 0;
        });
    }

    /// <summary>
    /// The tokens that a kernel may choose: one, or several where a cumulative probability lies within
    /// <see cref="Border"/> of the number drawn, of top-p or of min-p.
    /// </summary>
    public static HashSet<int> Choices(double[] logits, TokenSelection selection, double uniform)
    {
        int[] ranked = Ranked(logits);
        if (ranked.Length == 0)
            return [-1];
        if (selection.Temperature == 0)
            return [ranked[0]];

        HashSet<int> choices = [];
        double[] slacks = [0, Border, -Border];
        foreach (double topPSlack in selection.TopP < 1 ? slacks : [0])
        {
            foreach (double minPSlack in selection.MinP > 0 ? slacks : [0])
            {
                int[] kept = Keep(logits, ranked, selection, topPSlack, minPSlack);
                choices.UnionWith(Draw(logits, kept, selection.Temperature, uniform));
            }
        }

        return choices;
    }

    private static int[] Keep(double[] logits, int[] ranked, TokenSelection selection, double topPSlack, double minPSlack)
    {
        IEnumerable<int> kept = selection.TopK > 0 ? ranked.Take(selection.TopK) : ranked;
        double best = logits[ranked[0]];
        if (selection.TopP < 1)
        {
            double total = kept.Sum(i => Math.Exp(logits[i] - best));
            List<int> prefix = [];
            double mass = 0;
            foreach (int token in kept)
            {
                prefix.Add(token);
                mass += Math.Exp(logits[token] - best) / total;
                if (mass >= selection.TopP + topPSlack)
                    break;
            }

            kept = prefix;
        }

        double tolerance = minPSlack * Math.Max(1, Math.Abs(best));
        double threshold = selection.MinP > 0 ? Math.Min(best, best + Math.Log(selection.MinP) + tolerance) : double.NegativeInfinity;
        return [.. kept.Where(i => logits[i] >= threshold).Order()];
    }

    // The token whose stretch of [0, 1) holds the number, and those whose stretches come within the border's width of it.
    private static IEnumerable<int> Draw(double[] logits, int[] kept, double temperature, double uniform)
    {
        double best = kept.Max(i => logits[i]);
        double total = kept.Sum(i => Math.Exp((logits[i] - best) / temperature));
        double passed = 0;
        foreach (int token in kept)
        {
            double before = passed;
            double share = Math.Exp((logits[token] - best) / temperature) / total;
            passed += share;
            if (share > 0 && before <= uniform + Border && passed > uniform - Border)
                yield return token;
        }
    }
}
