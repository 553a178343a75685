using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>Fits of synthetic labels.</summary>
internal static class Cascades
{
    public static CascadeFitOptions Keep(
        double keep, GuaranteeKind kind = GuaranteeKind.Confidence, double? budget = null, int clusters = 2, JointMode mode = JointMode.Joint) => new()
        {
            StageOne = new() { Routing = new() { Budget = budget }, Rule = ClusterRule.Given, Clusters = clusters },
            Guarantee = new(kind, keep),
            Mode = mode,
        };

    public static CascadeFit Fit(EmbeddedTable labels, CascadeFitOptions options) =>
        Fit(CascadeLabels.Split(labels, options.CertifyShare, 0), options);

    public static CascadeFit Fit(CascadeLabels labels, CascadeFitOptions options) =>
        CascadeFit.Of(labels, options, null, TestContext.Current.CancellationToken);

    /// <summary>The policy of a fit after it was written and read; the report can be written, too.</summary>
    public static Policy Stored(CascadeFit fit)
    {
        using TemporaryFolder folder = new();
        Policy policy = CascadePolicy.Of(
            fit, new PolicyEmbedder("plane", "0123", fit.Labels.Fit.Texts.Dimensions), new LabelSet([], null, []));
        PolicyFolder.Write(folder.Path, policy);
        // Throws on what is not finite.
        Assert.NotEmpty(System.Text.Json.JsonSerializer.Serialize(CascadeFitReport.Of(fit, "plane"), ReportJson.Default.CascadeFitReport));
        return PolicyFolder.Read(folder.Path);
    }
}
