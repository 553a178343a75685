using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Labels in memory.</summary>
internal static class LabelRowExtensions
{
    /// <summary>The label without its per-token signals, which are most of it.</summary>
    public static LabelRow WithoutSignals(this LabelRow row) =>
        row with { TokenLogprobs = null, TokenEntropies = null, TokenMargins = null, Top5Logprobs = null, TokenEnds = null };
}
