using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Judges whose verdicts are known beforehand.</summary>
internal static class HandMadeJudge
{
    /// <summary>Finds every answer right with the same probability.</summary>
    /// <param name="own">The probability.</param>
    /// <param name="checkpoints">Where prefixes are judged as well.</param>
    public static MemberJudge Constant(double own, params int[] checkpoints) => Make(own, _ => 0, checkpoints);

    /// <summary>Finds an answer right with .9 if it has so many tokens, else with .1.</summary>
    public static MemberJudge ByLength(int tokens, params int[] checkpoints) =>
        Make(0.5, name => name == "tokens" ? 10 : 0, checkpoints, mean: tokens - 0.5f);

    /// <summary>Breaks wherever it judges.</summary>
    /// <param name="checkpoints">Where prefixes are judged as well.</param>
    public static MemberJudge Broken(params int[] checkpoints) => Make(0.5, _ => 0, checkpoints, calibration: new BrokenCalibration());

    private static MemberJudge Make(double own, Func<string, float> weight, int[] checkpoints, float mean = 0, ScoreCalibration? calibration = null)
    {
        FeatureLayout layout = new(SignalSet.Full, 0, 0);
        Head head = new(
            new FeatureScale([.. layout.Names.Select(n => weight(n) == 0 ? 0 : mean)], [.. layout.Names.Select(_ => 1f)]),
            [],
            [],
            [],
            [.. layout.Names.Select(weight)],
            (float)Math.Log(own / (1 - own)),
            calibration ?? new PlattCalibration(1, 0));
        return new(layout, checkpoints, [.. Enumerable.Repeat(head, checkpoints.Length + 1)], new Head?[checkpoints.Length + 1]);
    }

    private sealed class BrokenCalibration : ScoreCalibration
    {
        public override CalibrationKind Kind => CalibrationKind.Platt;

        public override double Apply(double score) => throw new InvalidOperationException("the judge broke");

        internal override ScoreCalibration Moved(LogOddsShift shift) => this;

        internal override IEnumerable<NamedTensor> ToTensors(string prefix) => [];
    }
}
