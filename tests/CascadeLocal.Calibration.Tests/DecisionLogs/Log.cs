using System.Globalization;

namespace CascadeLocal.Calibration.Tests.DecisionLogs;

/// <summary>Lines of decision logs for tests.</summary>
internal static class Log
{
    public const string Version = "abc";

    /// <summary>A request that was answered, by small or, escalated, by large.</summary>
    public static string Request(
        string id, string cluster = "even", bool escalated = false, double own = 0.9, string extra = "", string reason = "cluster", string status = "ok", bool? novel = null)
    {
        string path = escalated ? "[\"small\",\"large\"]" : "[\"small\"]";
        string passes = escalated ? "{\"model\":\"small\",\"output_tokens\":5},{\"model\":\"large\",\"output_tokens\":11}" : "{\"model\":\"small\",\"output_tokens\":5}";
        string times = escalated ? "\"ttft_ms\":50,\"tpot_ms\":22,\"e2el_ms\":270" : "\"ttft_ms\":10,\"tpot_ms\":5,\"e2el_ms\":30";
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"event":"request","id":"{{id}}","time":"2026-01-02T12:00:00Z","status":"{{status}}","policy":"{{Version}}","reason":"{{reason}}","cluster":"{{cluster}}"{{(novel is { } said ? said ? ",\"novel\":true" : ",\"novel\":false" : "")}},"model":"{{(escalated ? "large" : "small")}}","path":{{path}},"escalated":{{(escalated ? "true" : "false")}},"accept_probability":{{own}},"target_probability":0.95,"passes":[{{passes}}],{{times}},"draft_offered":0,"draft_reused":0,"fallback":null,"error":null{{extra}}}""");
    }

    /// <summary>What the cascade would have done, as a part of a request.</summary>
    public static string Shadow(bool agrees, double tpot = 5, double e2el = 20) => string.Create(
        CultureInfo.InvariantCulture,
        $$""","shadow":{"model":"small","path":["small"],"escalated":false,"accept_probability":0.8,"target_probability":0.9,"output_tokens":5,"ttft_ms":10,"tpot_ms":{{tpot}},"e2el_ms":{{e2el}},"agrees":{{(agrees ? "true" : "false")}}}""");

    public static string Feedback(string id, double correct) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"event":"feedback","id":"{{id}}","time":"2026-01-02T12:00:01Z","correct":{{correct}},"cluster":null,"model":null}""");
}
