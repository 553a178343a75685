namespace CascadeLocal.Bench.Measuring;

/// <summary>What stands in the table for many observations of one quantity.</summary>
internal enum Statistic
{
    /// <summary>The middle one.</summary>
    Median,

    /// <summary>The smallest: what the work takes when nothing else on the machine is in its way.</summary>
    Minimum,

    /// <summary>The one that 99 of 100 do not exceed.</summary>
    NinetyNinth,

    /// <summary>The largest.</summary>
    Maximum,
}
