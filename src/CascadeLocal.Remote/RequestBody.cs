using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>Writes a request as OpenAI's chat completions have it.</summary>
internal static class RequestBody
{
    // Text outside ASCII stays as it is: it is half as long as its escapes.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body of a streamed chat completion.</summary>
    /// <exception cref="RequestRefusedException">It asks for something that cannot be said to such an endpoint.</exception>
    public static ReadOnlyMemory<byte> Write(GenerationRequest request, string model, RemoteFeatures features)
    {
        Check(request);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteStartArray("messages");
            foreach (ChatMessage message in request.Messages)
                WriteMessage(json, message);
            json.WriteEndArray();
            json.WriteBoolean("stream", true);
            if (features.TellsUsage)
            {
                json.WriteStartObject("stream_options");
                json.WriteBoolean("include_usage", true);
                json.WriteEndObject();
            }

            if (request.MaxTokens is { } maxTokens)
                json.WriteNumber("max_tokens", maxTokens);
            WriteTemplate(json, request.Template);
            WriteSampling(json, request);
            WriteSignals(json, request.TopCandidates ?? 0, features);
            WriteForm(json, request);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Check(GenerationRequest request)
    {
        if (request.Prompt.Length > 0 || request.PromptText is not null)
            throw new RequestRefusedException("A remote member takes conversations, and no bare prompt.");
        if (request.Choices != 1)
            throw new RequestRefusedException("A remote member gives one answer at a time; 'n' must be 1.");
        if (request.Constraint is { Kind: OutputConstraintKind.Regex or OutputConstraintKind.Grammar })
            throw new RequestRefusedException("A remote member takes a JSON schema as the answer's form, but no grammar and no expression.");
    }

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role);
        json.WriteString("content", message.Content);
        if (message.Reasoning is { } reasoning)
            json.WriteString("reasoning_content", reasoning);
        if (message.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (ToolCall call in message.ToolCalls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.Id);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Arguments);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (message.ToolCallId is { } id)
            json.WriteString("tool_call_id", id);
        json.WriteEndObject();
    }

    // Names of vLLM and llama-server.
    private static void WriteTemplate(Utf8JsonWriter json, ChatTemplateOptions template)
    {
        if (template.Variables.Count > 0)
        {
            json.WriteStartObject("chat_template_kwargs");
            foreach ((string name, JsonElement value) in template.Variables)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        if (template.Documents.Count > 0)
        {
            json.WriteStartArray("documents");
            foreach (JsonElement document in template.Documents)
                document.WriteTo(json);
            json.WriteEndArray();
        }

        if (!template.AddsGenerationPrompt || template.ContinuesFinalMessage)
            json.WriteBoolean("add_generation_prompt", false);
        if (template.ContinuesFinalMessage)
            json.WriteBoolean("continue_final_message", true);
    }

    // Only what was asked for: names that are not OpenAI's are refused by some servers, and silence leaves the choice to the model.
    private static void WriteSampling(Utf8JsonWriter json, GenerationRequest request)
    {
        SamplingOptions sampling = request.Sampling;
        WriteNumber(json, "temperature", sampling.Temperature);
        WriteNumber(json, "top_p", sampling.TopP);
        WriteNumber(json, "min_p", sampling.MinP);
        WriteNumber(json, "repetition_penalty", sampling.RepetitionPenalty);
        WriteNumber(json, "frequency_penalty", sampling.FrequencyPenalty);
        WriteNumber(json, "presence_penalty", sampling.PresencePenalty);
        if (sampling.TopK is { } topK)
            json.WriteNumber("top_k", topK);
        if (request.MinTokens > 0)
            json.WriteNumber("min_tokens", request.MinTokens);
        if (request.StopTokens.Count > 0)
        {
            json.WriteStartArray("stop_token_ids");
            foreach (int token in request.StopTokens)
                json.WriteNumberValue(token);
            json.WriteEndArray();
        }

        // Servers keep it in a signed number.
        if (request.Seed is { } seed)
            json.WriteNumber("seed", seed & long.MaxValue);
        if (request.IgnoreEndOfSequence)
            json.WriteBoolean("ignore_eos", true);
        if (request.Stop.Count > 0)
        {
            json.WriteStartArray("stop");
            foreach (string stop in request.Stop)
                json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        if (request.LogitBias.Count > 0)
        {
            json.WriteStartObject("logit_bias");
            foreach ((int token, float bias) in request.LogitBias)
                json.WriteNumber(token.ToString(CultureInfo.InvariantCulture), Math.Clamp(bias, -100, 100));
            json.WriteEndObject();
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, float? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void WriteSignals(Utf8JsonWriter json, int wanted, RemoteFeatures features)
    {
        if (features.Signals == SignalKind.None)
            return;
        json.WriteBoolean("logprobs", true);
        if (features.Signals == SignalKind.TopCandidates)
            json.WriteNumber("top_logprobs", Math.Max(wanted, CandidateReading.Candidates));
    }

    private static void WriteForm(Utf8JsonWriter json, GenerationRequest request)
    {
        if (request.Tools.Count > 0)
            WriteTools(json, request);
        if (request.Constraint is not { } constraint)
            return;
        json.WriteStartObject("response_format");
        if (constraint.Kind == OutputConstraintKind.JsonObject)
        {
            json.WriteString("type", "json_object");
        }
        else
        {
            json.WriteString("type", "json_schema");
            json.WriteStartObject("json_schema");
            json.WriteString("name", "answer");
            json.WritePropertyName("schema");
            WriteRaw(json, constraint.Source);
            json.WriteBoolean("strict", true);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, GenerationRequest request)
    {
        json.WriteStartArray("tools");
        foreach (ToolDefinition tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Name);
            if (tool.Description is { } description)
                json.WriteString("description", description);
            if (tool.Parameters is { } parameters)
            {
                json.WritePropertyName("parameters");
                WriteRaw(json, parameters);
            }

            if (tool.IsStrict)
                json.WriteBoolean("strict", true);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (!request.ParallelToolCalls)
            json.WriteBoolean("parallel_tool_calls", false);
        WriteToolChoice(json, request.ToolChoice);
    }

    private static void WriteToolChoice(Utf8JsonWriter json, ToolChoice choice)
    {
        if (choice is { Kind: ToolChoiceKind.Required, Name: { } name })
        {
            json.WriteStartObject("tool_choice");
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("tool_choice", choice.Kind switch
            {
                ToolChoiceKind.None => "none",
                ToolChoiceKind.Required => "required",
                _ => "auto",
            });
        }
    }

    private static void WriteRaw(Utf8JsonWriter json, string source)
    {
        try
        {
            json.WriteRawValue(source);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new RequestRefusedException("A JSON schema in the request is not JSON.", isInvalidForm: true);
        }
    }
}
