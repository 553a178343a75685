using System.Text.Json;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Metrics;

/// <summary>POST /v1/feedback: {id, correct} about an answer, for the decision log.</summary>
internal sealed class FeedbackEndpoint(
    ServerOptions options, DecisionLog? log, RecentAnswers answers, ServerMetrics metrics, TimeProvider clock)
{
    private const int MaxIdLength = 128;

    private static readonly RequestField<string> Id =
        new("id", new($$$$"""{"type":"string","minLength":1,"maxLength":{{{{MaxIdLength}}}} }""", ReadId), "The answer's.") { IsRequired = true };

    private static readonly RequestField<double> Correct = new(
        "correct", new("""{"anyOf":[{"type":"boolean"},{"type":"number","minimum":0,"maximum":1}]}""", ReadCorrect), "Whether it was right, or how far.")
    {
        IsRequired = true,
    };

    /// <summary>The fields of a request; all others are ignored.</summary>
    public static FieldTable Fields { get; } = new([Id, Correct]);

    public async Task HandleAsync(HttpContext context)
    {
        ClientIdentity client = context.Client();
        client.Account.TakeFeedback();
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        (string id, double correct) = ChatRequestParser.Parse(body, Fields, fields => (fields.Require(Id), fields.Require(Correct)));
        if (log is null)
        {
            throw new ApiException(ApiError.InvalidRequest(
                "Feedback is kept in the decision log, which is off; set decision_log in cascade.json.", null, "decision_log_off"));
        }

        AnswerOrigin? answer = answers.Find(id);
        // Another key's answer is as good as none; of one that is forgotten nobody knows whose it was.
        if (answer is null ? !answers.HasForgotten : answer.CacheSalt != client.CacheSalt)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"No answer with the id '{Excerpt.Of(id)}' was given to this key since the server was started.", "id", "answer_not_found", 404));
        }

        Feedback feedback = new(id, correct, clock.GetUtcNow(), answer) { CacheSalt = client.CacheSalt };
        if (!log.TryWrite(feedback))
            throw new ApiException(ApiError.Unavailable("The decision log has too much to write.", 1, "decision_log_full"));
        metrics.RecordFeedback(feedback);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => Write(json, feedback));
    }

    private static string ReadId(JsonField field) =>
        field.String().Length is > 0 and <= MaxIdLength ? field.String() : throw field.Error($"must have 1 to {MaxIdLength} characters");

    private static double ReadCorrect(JsonField field) => field.Element.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number => field.Double(0, 1),
        _ => throw field.WrongType("a boolean or a number from 0 to 1"),
    };

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
