using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Chat;

/// <summary>Writes a whole answer, and the parts that it shares with a stream.</summary>
internal static class CompletionWriter
{
    public static void Write(
        Utf8JsonWriter json, CompletionIdentity identity, ChatBody body, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        json.WriteStartObject();
        WriteIdentity(json, identity, "chat.completion");
        json.WriteStartArray("choices");
        int reasoningTokens = 0;
        for (int choice = 0; choice < answers.Count; choice++)
        {
            AnswerParts parts = AnswerParts.Of(answers[choice].Text, answers[choice].Markup, answers[choice].TokenEnds, body.Request);
            reasoningTokens += parts.ReasoningTokens;
            json.WriteStartObject();
            json.WriteNumber("index", choice);
            WriteMessage(json, parts, body.UsesOldNames);
            LogProbabilityWriter.Write(json, body.Request, answers[choice].Tokens);
            json.WriteString("finish_reason", FinishReasonName(answers[choice].FinishReason, parts.Calls.Count > 0 && parts.HasWholeCalls, body.UsesOldNames));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteUsage(json, body.Request, outcome.Passes[^1].Result, reasoningTokens);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, AnswerParts parts, bool usesOldNames)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", parts.Content.Length > 0 || parts.Calls.Count == 0 ? parts.Content : null);
        json.WriteNull("refusal");
        if (parts.Reasoning is { } reasoning)
            json.WriteString("reasoning_content", reasoning);
        if (parts.Calls.Count > 0 && usesOldNames)
        {
            json.WriteStartObject("function_call");
            json.WriteString("name", parts.Calls[0].Name);
            json.WriteString("arguments", parts.Calls[0].Arguments);
            json.WriteEndObject();
        }
        else if (parts.Calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (ToolCall call in parts.Calls)
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

        json.WriteEndObject();
    }

    public static void WriteIdentity(Utf8JsonWriter json, CompletionIdentity identity, string kind)
    {
        json.WriteString("id", identity.Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", identity.Created);
        json.WriteString("model", identity.Model);
        json.WriteNull("system_fingerprint");
    }

    /// <param name="json">Where to.</param>
    /// <param name="request">What was answered.</param>
    /// <param name="result">How that went.</param>
    /// <param name="reasoningTokens">The tokens of the text that were thought; null where thoughts are not told apart.</param>
    public static void WriteUsage(Utf8JsonWriter json, GenerationRequest request, GenerationResult result, int? reasoningTokens = null)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", result.PromptTokens);
        json.WriteNumber("completion_tokens", result.OutputTokens);
        json.WriteNumber("total_tokens", result.PromptTokens + result.OutputTokens);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", result.CachedTokens);
        json.WriteEndObject();
        if (reasoningTokens is { } thought)
        {
            json.WriteStartObject("completion_tokens_details");
            json.WriteNumber("reasoning_tokens", result.ReasoningTokens + thought);
            if (request.Prediction is not null && result.Draft is { } draft)
            {
                json.WriteNumber("accepted_prediction_tokens", draft.Reused);
                json.WriteNumber("rejected_prediction_tokens", draft.Given - draft.Reused);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Official clients throw on any other reason; a cancelled answer never gets here.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="calls">Whether it calls functions, all of them with whole arguments: others are not to be made.</param>
    /// <param name="usesOldNames">Whether the client knows them by their old name.</param>
    public static string FinishReasonName(FinishReason reason, bool calls = false, bool usesOldNames = false) => reason switch
    {
        FinishReason.Stop when calls => usesOldNames ? "function_call" : "tool_calls",
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "A cancelled answer has no place in a response."),
    };
}

/// <summary>Writes the chunks of a streamed answer.</summary>
internal sealed class ChunkWriter(CompletionIdentity identity, ChatBody body) : ITextWriter
{
    public void WriteRole(Utf8JsonWriter json, int choice)
    {
        StartDelta(json, choice);
        json.WriteString("role", "assistant");
        // Clients show any text, even an empty one, and where a function has to be called there is none.
        json.WriteString("content", body.Request.MustCall ? null : "");
        EndDelta(json, [], null);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteText(Utf8JsonWriter json, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens)
    {
        StartDelta(json, choice);
        json.WriteString("content", text);
        EndDelta(json, tokens, null);
        json.WriteEndObject();
    }

    /// <summary>A part of an answer that is taken apart.</summary>
    public void WritePart(Utf8JsonWriter json, int choice, OutputPart part, IReadOnlyList<AnswerEvent> tokens)
    {
        StartDelta(json, choice);
        switch (part)
        {
            case OutputPart.Content said:
                json.WriteString("content", said.Text);
                break;
            case OutputPart.Reasoning thought:
                json.WriteString("reasoning_content", thought.Text);
                break;
            case OutputPart.ToolCallBegin call:
                WriteCall(json, call.Index, call.Id ?? AnswerParts.NewId(), call.Name, "");
                break;
            case OutputPart.ToolCallArguments arguments:
                WriteCall(json, arguments.Index, null, null, arguments.TextDelta);
                break;
        }

        EndDelta(json, tokens, null);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="choice">Which answer has ended.</param>
    /// <param name="tokens">Those that no part was sent with, where log-probabilities were asked for.</param>
    /// <param name="reason">Why it has.</param>
    /// <param name="outcome">How the request went, with the last of its answers.</param>
    public void WriteFinish(Utf8JsonWriter json, int choice, IReadOnlyList<AnswerEvent> tokens, string reason, CascadeOutcome? outcome)
    {
        StartDelta(json, choice);
        EndDelta(json, tokens, reason);
        if (outcome is not null)
            CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    public void WriteUsage(Utf8JsonWriter json, CascadeOutcome outcome, int reasoningTokens)
    {
        Start(json);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        CompletionWriter.WriteUsage(json, body.Request, outcome.Passes[^1].Result, reasoningTokens);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private void WriteCall(Utf8JsonWriter json, int index, string? id, string? name, string arguments)
    {
        if (body.UsesOldNames)
        {
            json.WriteStartObject("function_call");
        }
        else
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteNumber("index", index);
            if (id is not null)
            {
                json.WriteString("id", id);
                json.WriteString("type", "function");
            }

            json.WriteStartObject("function");
        }

        if (name is not null)
            json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        if (body.UsesOldNames)
            return;
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void Start(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, identity, "chat.completion.chunk");
    }

    private void StartDelta(Utf8JsonWriter json, int choice)
    {
        Start(json);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
    }

    private void EndDelta(Utf8JsonWriter json, IReadOnlyList<AnswerEvent> tokens, string? finishReason)
    {
        json.WriteEndObject();
        if (tokens.Count > 0)
            LogProbabilityWriter.Write(json, body.Request, tokens);
        else
            json.WriteNull("logprobs");
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        // Where usage is asked for, all chunks have the field.
        if (body.IncludeUsage)
            json.WriteNull("usage");
    }
}

/// <summary>Writes log-probabilities as OpenAI has them.</summary>
internal static class LogProbabilityWriter
{
    // OpenAI's word for a token that is as good as impossible; no reader of JSON takes minus infinity.
    private const float Impossible = -9999;

    /// <summary>The property <c>logprobs</c>; null where they were not asked for.</summary>
    public static void Write(Utf8JsonWriter json, GenerationRequest request, IReadOnlyList<AnswerEvent> tokens)
    {
        if (request.TopCandidates is null)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        WriteTokens(json, "content", tokens);
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    /// <summary>Only the tokens, as an array.</summary>
    public static void WriteTokens(Utf8JsonWriter json, string name, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteStartArray(name);
        foreach (AnswerEvent token in tokens)
            WriteToken(json, token.Candidates!);
        json.WriteEndArray();
    }

    /// <summary>A log-probability as JSON can have it.</summary>
    public static float Finite(float logProbability) => Math.Max(Impossible, logProbability);

    private static void WriteToken(Utf8JsonWriter json, IReadOnlyList<TokenCandidate> candidates)
    {
        json.WriteStartObject();
        WriteCandidate(json, candidates[0]);
        json.WriteStartArray("top_logprobs");
        for (int i = 1; i < candidates.Count; i++)
        {
            json.WriteStartObject();
            WriteCandidate(json, candidates[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCandidate(Utf8JsonWriter json, TokenCandidate candidate)
    {
        json.WriteString("token", candidate.Text);
        json.WriteNumber("logprob", Finite(candidate.LogProbability));
        json.WriteStartArray("bytes");
        foreach (byte value in candidate.Bytes ?? Encoding.UTF8.GetBytes(candidate.Text))
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}

/// <summary>What every chunk of one answer says about it.</summary>
/// <param name="Id">Unique, such as <c>chatcmpl-0123...</c>.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="Model">The member that answers.</param>
internal sealed record CompletionIdentity(string Id, long Created, string Model)
{
    /// <summary>That of a request.</summary>
    /// <param name="decision">Who was to answer.</param>
    /// <param name="model">What is told as the model.</param>
    public static CompletionIdentity Of(CascadeDecision decision, string model) => new(decision.Id, decision.Time.ToUnixTimeSeconds(), model);

    /// <summary>That of a stream.</summary>
    public static CompletionIdentity OfStream(CascadeDecision decision) => Of(decision, ModelOfStream(decision));

    /// <summary>What a stream tells as its model: which member it will be is not known before the verdict.</summary>
    public static string ModelOfStream(CascadeDecision decision) => decision.EscalatesTo.Count > 0 ? MemberName.Cascade : decision.Member;

    public static string NewId() => $"chatcmpl-{Guid.NewGuid():N}";
}
