using System.Text.Json;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Metrics;

/// <summary>POST /v1/feedback: {id, correct} about an answer, for the decision log.</summary>
internal sealed class FeedbackEndpoint(
    ServerOptions options, DecisionLog? log, RecentAnswers answers, ServerMetrics metrics, TimeProvider clock)
{
    private const int MaxIdLength = 128;

    public async Task HandleAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        (string id, double correct) = Parse(body);
        if (log is null)
        {
            throw new ApiException(ApiError.InvalidRequest(
                "Feedback is kept in the decision log, which is off; set decision_log in cascade.json.", null, "decision_log_off"));
        }

        DeliveredAnswer? answer = answers.Find(id);
        if (answer is null && !answers.HasForgotten)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"No answer with the id '{Excerpt.Of(id)}' was given since the server was started.", "id", "answer_not_found", 404));
        }

        Feedback feedback = new(id, correct, clock.GetUtcNow(), answer);
        if (!log.TryWrite(feedback))
            throw new ApiException(ApiError.Unavailable("The decision log has too much to write.", 1, "decision_log_full"));
        metrics.RecordFeedback(feedback);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => Write(json, feedback));
    }

    private static (string Id, double Correct) Parse(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonField root = new("", document.RootElement);
            JsonField id = root.Required("id");
            if (id.String().Length is 0 or > MaxIdLength)
                throw id.Error($"must have 1 to {MaxIdLength} characters");
            JsonField correct = root.Required("correct");
            return (id.String(), correct.Element.ValueKind switch
            {
                JsonValueKind.True => 1,
                JsonValueKind.False => 0,
                JsonValueKind.Number => ReadShare(correct),
                _ => throw correct.WrongType("a boolean or a number from 0 to 1"),
            });
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length == 0 ? null : e.Path));
        }
    }

    // Number checks the range; it returns fewer digits than were sent.
    private static double ReadShare(JsonField correct)
    {
        _ = correct.Number(0, 1);
        return correct.Element.GetDouble();
    }

    private static void Write(Utf8JsonWriter json, Feedback feedback)
    {
        json.WriteStartObject();
        json.WriteString("object", "feedback");
        json.WriteString("id", feedback.Id);
        json.WriteNumber("correct", feedback.Correct);
        json.WriteString("cluster", feedback.Answer?.Cluster);
        json.WriteString("model", feedback.Answer?.Member);
        json.WriteEndObject();
    }
}
