using System.Text.Json;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>What somebody said about an answer.</summary>
internal sealed class FeedbackLine(Feedback feedback) : IDecisionLogLine
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("event", "feedback");
        json.WriteString("id", feedback.Id);
        json.WriteString("time", feedback.Time.UtcDateTime);
        json.WriteNumber("correct", feedback.Correct);
        json.WriteString("cluster", feedback.Answer?.Cluster);
        json.WriteString("model", feedback.Answer?.Model);
        json.WriteEndObject();
    }
}
