using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Heads;

/// <summary>How a head is trained.</summary>
public sealed record HeadOptions
{
    /// <summary>Hidden units beside the direct connections; 0 is a logistic regression.</summary>
    public int Hidden { get; init; } = 8;

    /// <summary>Weight of half the squared weights beside the sum of the losses of all rows: more rows say more against it.</summary>
    public double Ridge { get; init; } = 10;

    /// <summary>Into how many parts the questions are cut, each scored by a head that did not see it.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Most steps over all rows.</summary>
    public int MaximumSteps { get; init; } = 1500;

    /// <summary>Training ends when the held-out loss has not improved for this many steps.</summary>
    public int Patience { get; init; } = 100;

    /// <summary>Size of a step.</summary>
    public double LearningRate { get; init; } = 0.005;

    /// <summary>Decides the parts and the first weights: equal seeds give equal heads on one machine.</summary>
    public ulong Seed { get; init; }

    /// <summary>What it sees.</summary>
    public HeadInputs Inputs { get; init; } = HeadInputs.All;

    /// <summary>Features that are left out, for an ablation.</summary>
    public IReadOnlySet<FeatureGroup> Without { get; init; } = new HashSet<FeatureGroup>();

    /// <summary>Whether a head sees a feature of a layout.</summary>
    internal bool Sees(FeatureLayout layout, int feature) => !Without.Contains(layout.Groups[feature]) && layout.Groups[feature] switch
    {
        // The first of them: the confidence, or where that is not there the mean.
        FeatureGroup.LogProbability when feature == 0 => true,
        FeatureGroup.Shape => Inputs >= HeadInputs.Length,
        FeatureGroup.LogProbability or FeatureGroup.Entropy or FeatureGroup.Margin => Inputs >= HeadInputs.Signals,
        FeatureGroup.Text => Inputs >= HeadInputs.Text,
        _ => Inputs >= HeadInputs.All,
    };
}

/// <summary>What a head sees, from the plainest on; each sees what those before it see.</summary>
public enum HeadInputs
{
    /// <summary>The mean log-probability of the tokens, or the answer's confidence.</summary>
    Confidence,

    /// <summary>Length, finish reason and repetition too.</summary>
    Length,

    /// <summary>All signals of the tokens.</summary>
    Signals,

    /// <summary>What was read from the text.</summary>
    Text,

    /// <summary>The cluster and the query's embedding.</summary>
    All,
}
