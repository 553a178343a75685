using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes the response object: what was asked for, how far it is, and what came of it.</summary>
/// <param name="body">The request.</param>
/// <param name="decision">Who answers first.</param>
internal sealed class ResponseWriter(ResponseBody body, CascadeDecision decision)
{
    /// <summary>One that is being made.</summary>
    public void WriteBegun(Utf8JsonWriter json, string model) => Write(json, model, "in_progress", [], null, null);

    /// <summary>One that failed after it had begun.</summary>
    public void WriteFailed(Utf8JsonWriter json, string model, IReadOnlyList<ResponseItem> output, ApiError error) =>
        Write(json, model, "failed", output, null, error);

    /// <summary>One that is there.</summary>
    public void WriteEnded(Utf8JsonWriter json, IReadOnlyList<ResponseItem> output, bool isCut, CascadeOutcome outcome, int reasoningTokens) =>
        Write(json, outcome.Member, isCut ? "incomplete" : "completed", output, outcome, null, reasoningTokens);

    private void Write(
        Utf8JsonWriter json, string model, string status, IReadOnlyList<ResponseItem> output, CascadeOutcome? outcome, ApiError? error,
        int reasoningTokens = 0)
    {
        json.WriteStartObject();
        json.WriteString("id", body.Request.Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", decision.Time.ToUnixTimeSeconds());
        json.WriteString("status", status);
        json.WriteBoolean("background", false);
        WriteEnd(json, status, error);
        json.WriteString("model", model);
        json.WriteStartArray("output");
        foreach (ResponseItem item in output)
            ItemWriter.Write(json, item);
        json.WriteEndArray();
        WriteRequest(json);
        WriteTools(json);
        WriteUsage(json, outcome?.Passes[^1].Result, reasoningTokens);
        if (outcome is not null)
            CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, string status, ApiError? error)
    {
        if (error is null)
        {
            json.WriteNull("error");
        }
        else
        {
            json.WriteStartObject("error");
            json.WriteString("code", error.Code ?? "server_error");
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }

        if (status != "incomplete")
        {
            json.WriteNull("incomplete_details");
            return;
        }

        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", "max_output_tokens");
        json.WriteEndObject();
    }

    private void WriteRequest(Utf8JsonWriter json)
    {
        json.WriteString("instructions", body.Instructions);
        WriteNullableNumber(json, "max_output_tokens", body.Request.MaxTokens);
        json.WriteNull("max_tool_calls");
        json.WriteString("previous_response_id", body.PreviousId);
        json.WriteStartObject("reasoning");
        json.WriteString("effort", body.Effort);
        json.WriteNull("summary");
        json.WriteEndObject();
        json.WriteString("service_tier", "default");
        json.WriteBoolean("store", body.IsStored);
        WriteNullableNumber(json, "temperature", body.Request.Sampling.Temperature);
        WriteNullableNumber(json, "top_p", body.Request.Sampling.TopP);
        json.WriteNumber("top_logprobs", body.Request.TopCandidates ?? 0);
        json.WriteStartObject("text");
        json.WritePropertyName("format");
        if (body.Format is { } format)
            format.WriteTo(json);
        else
            json.WriteRawValue("""{"type":"text"}"""u8);
        json.WriteString("verbosity", "medium");
        json.WriteEndObject();
        json.WriteString("truncation", "disabled");
        json.WriteString("user", body.User);
        json.WriteStartObject("metadata");
        foreach ((string name, string value) in body.Metadata)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private void WriteTools(Utf8JsonWriter json)
    {
        json.WriteBoolean("parallel_tool_calls", body.Request.ParallelToolCalls);
        if (body.Request.ToolChoice.Name is { } chosen)
        {
            json.WriteStartObject("tool_choice");
            json.WriteString("type", "function");
            json.WriteString("name", chosen);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("tool_choice", body.Request.ToolChoice.Kind switch
            {
                ToolChoiceKind.None => "none",
                ToolChoiceKind.Required => "required",
                _ => "auto",
            });
        }

        json.WriteStartArray("tools");
        foreach (ToolDefinition tool in body.Request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteString("name", tool.Name);
            json.WriteString("description", tool.Description);
            json.WritePropertyName("parameters");
            if (tool.Parameters is { } parameters)
                json.WriteRawValue(parameters);
            else
                json.WriteNullValue();
            json.WriteBoolean("strict", tool.IsStrict);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, GenerationResult? result, int reasoningTokens)
    {
        if (result is null)
        {
            json.WriteNull("usage");
            return;
        }

        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", result.PromptTokens);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", result.CachedTokens);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", result.OutputTokens);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", result.ReasoningTokens + reasoningTokens);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", result.PromptTokens + result.OutputTokens);
        json.WriteEndObject();
    }

    private static void WriteNullableNumber(Utf8JsonWriter json, string name, float? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void WriteNullableNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
