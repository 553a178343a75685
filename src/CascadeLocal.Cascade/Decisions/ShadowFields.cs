using System.Text.Json;

using CascadeLocal.Cascade.Routing;
using CascadeLocal.Cascade.Shadows;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>
/// What was worked out beside a request, as <c>cascade report --from-log</c> reads it: <c>shadow</c>, the cascade beside the
/// strongest member, or <c>strongest</c>, that member beside the cascade.
/// </summary>
internal static class ShadowFields
{
    public static void Write(Utf8JsonWriter json, ShadowOutcome shadow, CascadeMode mode, bool includeText)
    {
        CascadeOutcome outcome = shadow.Outcome;
        json.WriteStartObject(mode == CascadeMode.Shadow ? "shadow" : "strongest");
        json.WriteString("model", outcome.Model);
        if (mode == CascadeMode.Shadow)
        {
            json.WritePath(outcome.Path);
            json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.Decision.Reason.ToString()));
            json.WriteBoolean("escalated", outcome.Escalated);
            json.WriteNumberOrNull("p_own", outcome.AcceptProbability);
            json.WriteNumberOrNull("p_target", outcome.TargetProbability);
        }

        json.WriteNumberOrNull("output_tokens", outcome.Delivered?.OutputTokens);
        json.WriteFigures(RequestFigures.Of(outcome));
        json.WriteBoolean("agrees", shadow.Agrees);
        if (includeText)
            json.WriteString("answer", outcome.Answer);
        json.WriteEndObject();
    }
}
