namespace CascadeLocal.Server.Dashboard;

/// <summary>Requests that ended since the start.</summary>
/// <param name="Requests">All of them.</param>
/// <param name="Escalated">Those whose first answer was rejected.</param>
/// <param name="Failed">Those that failed, not those that were left.</param>
internal readonly record struct DashboardTotals(long Requests = 0, long Escalated = 0, long Failed = 0);
