using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Margins;

/// <summary>What labels say of a pool beyond the statistics that it is fitted to.</summary>
/// <param name="Measured">The statistics with the error rates as counted, where those of the fit are shrunk.</param>
/// <param name="Correlations">How much two models err on the same queries.</param>
public sealed record LabelEvidence(PoolStatistics Measured, ErrorCorrelations Correlations);
