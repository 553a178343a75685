using CascadeLocal.Cascade.Routing;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Requests;

/// <summary>Reads the <c>cascade</c> object of a request: what it asks of the cascade itself.</summary>
internal static class ControlsParser
{
    // A day: more than any answer takes, and far below what a timer holds.
    private const double MaxBudget = 86_400_000;

    private static readonly ObjectReader<CascadeControls> Reader = new(
        new()
        {
            ["keep"] = (c, v) => c with { Keep = v.Double(0, 1) },
            ["budget_ms"] = (c, v) => c with { Budget = TimeSpan.FromMilliseconds(v.Double(0, MaxBudget, minExclusive: true)) },
            ["allow_escalation"] = (c, v) => c with { AllowEscalation = v.Boolean() },
            ["max_escalations"] = (c, v) => c with { MaxEscalations = v.Int32(0, int.MaxValue) },
        },
        "a known field");

    public static IReadOnlyCollection<string> Names => Reader.Keys;

    /// <exception cref="JsonFieldException">A field is unknown, of the wrong type or out of range.</exception>
    public static CascadeControls Read(JsonField field) =>
        field.IsNull ? CascadeControls.None : Reader.Read(CascadeControls.None, field);
}
