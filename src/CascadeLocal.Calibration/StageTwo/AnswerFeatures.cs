using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>The features of one model's answers to all questions, at checkpoints and at the end.</summary>
public sealed class AnswerFeatures
{
    private readonly IReadOnlyList<float[]?[]> _features;

    /// <param name="layout">What the features are.</param>
    /// <param name="checkpoints">Growing numbers of tokens.</param>
    /// <param name="features">
    /// Per question the features at each checkpoint, null where the answer has ended by then, and those of the whole answer.
    /// </param>
    /// <exception cref="ArgumentException">Sizes differ, or a whole answer has no features.</exception>
    public AnswerFeatures(FeatureLayout layout, IReadOnlyList<int> checkpoints, IReadOnlyList<float[]?[]> features)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(checkpoints);
        ArgumentNullException.ThrowIfNull(features);
        (Layout, Checkpoints, _features) = (layout, checkpoints, features);
        for (int q = 0; q < features.Count; q++)
        {
            if (features[q].Length != checkpoints.Count + 1 || features[q][^1] is null || features[q].Any(f => f is not null && f.Length != layout.Count))
                throw new ArgumentException($"question {q} needs {layout.Count} features at {checkpoints.Count} checkpoints and at the end");
        }
    }

    /// <summary>What the features are.</summary>
    public FeatureLayout Layout { get; }

    /// <summary>The numbers of tokens at which prefixes are judged.</summary>
    public IReadOnlyList<int> Checkpoints { get; }

    /// <summary>How many questions there are.</summary>
    public int Count => _features.Count;

    /// <summary>The features of an answer at a checkpoint, or at the end; null where it has ended before.</summary>
    public float[]? Of(int question, int checkpoint) => _features[question][checkpoint];
}
