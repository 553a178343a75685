using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Completions;

/// <summary>OpenAI's completions of bare prompts: all that the model writes is the text.</summary>
internal sealed class CompletionFormat(CompletionBody body) : IAnswerFormat, ITextWriter
{
    private const string Kind = "text_completion";

    private readonly int[] _offsets = new int[body.Request.Choices];
    private CompletionIdentity _identity = null!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Ignored => body.Ignored;

    /// <inheritdoc/>
    public bool IsRead => true;

    /// <inheritdoc/>
    public GenerationRequest Read(ReadOnlyMemory<byte> json, string cacheSalt) => body.RequestOf(0);

    /// <summary>The answers to several prompts, in their order.</summary>
    public static void WriteAll(Utf8JsonWriter json, CompletionBody body, IReadOnlyList<CascadeOutcome> outcomes, IReadOnlyList<DeliveredAnswer> answers)
    {
        CascadeOutcome first = outcomes[0];
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, CompletionIdentity.Of(first.Decision, outcomes.All(o => o.Member == first.Member) ? first.Member : MemberName.Cascade), Kind);
        json.WriteStartArray("choices");
        for (int i = 0; i < answers.Count; i++)
        {
            string prefix = body.Echoes ? body.Prompts[i / body.Request.Choices].Text! : "";
            WriteChoice(json, i, prefix + answers[i].Text, body.Request, answers[i].Tokens, 0, CompletionWriter.FinishReasonName(answers[i].FinishReason));
        }

        json.WriteEndArray();
        GenerationResult[] results = [.. outcomes.Select(outcome => outcome.Passes[^1].Result)];
        CompletionWriter.WriteUsage(json, body.Request, results[0] with
        {
            PromptTokens = results.Sum(r => r.PromptTokens), CachedTokens = results.Sum(r => r.CachedTokens), OutputTokens = results.Sum(r => r.OutputTokens),
        });
        if (outcomes.Count == 1)
            CascadeWriter.Write(json, first);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome) => WriteAll(json, body, [outcome], answers);

    /// <inheritdoc/>
    public void WriteBegin(EventStream stream, CascadeDecision decision)
    {
        _identity = CompletionIdentity.Of(decision, decision.EscalatesTo.Count > 0 ? MemberName.Cascade : decision.Member);
        for (int choice = 0; body.Echoes && choice < body.Request.Choices; choice++)
            stream.WriteText(this, choice, body.Prompts[0].Text!, []);
    }

    /// <inheritdoc/>
    public void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        stream.WriteText(this, choice, text, tokens);
        _offsets[choice] += text.Length;
    }

    /// <inheritdoc/>
    public void WriteText(Utf8JsonWriter json, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, _identity, Kind);
        json.WriteStartArray("choices");
        WriteChoice(json, choice, text, body.Request, tokens, _offsets[choice], null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteEnd(EventStream stream, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        for (int choice = 0; choice < answers.Count; choice++)
            stream.WriteEvent(static (json, s) => s.Format.WriteFinish(json, s.Choice, s.Answers, s.Outcome), (Format: this, Choice: choice, Answers: answers, Outcome: outcome));
        if (body.IncludeUsage)
            stream.WriteEvent(static (json, s) => s.Format.WriteUsage(json, s.Outcome), (Format: this, Outcome: outcome));
        stream.WriteDone();
    }

    private void WriteFinish(Utf8JsonWriter json, int choice, IReadOnlyList<DeliveredAnswer> answers, CascadeOutcome outcome)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, _identity, Kind);
        json.WriteStartArray("choices");
        WriteChoice(json, choice, "", body.Request, [], 0, CompletionWriter.FinishReasonName(answers[choice].FinishReason));
        json.WriteEndArray();
        if (choice == answers.Count - 1)
            CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private void WriteUsage(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, _identity, Kind);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        CompletionWriter.WriteUsage(json, body.Request, outcome.Passes[^1].Result);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private static void WriteChoice(
        Utf8JsonWriter json, int index, ReadOnlySpan<char> text, GenerationRequest request, IReadOnlyList<AnswerEvent> tokens, int offset, string? finishReason)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteString("text", text);
        if (request.TopCandidates is null || tokens.Count == 0)
            json.WriteNull("logprobs");
        else
            WriteLogProbabilities(json, tokens, offset);
        json.WriteNullableString("finish_reason", finishReason);
        json.WriteEndObject();
    }

    private static void WriteLogProbabilities(Utf8JsonWriter json, IReadOnlyList<AnswerEvent> tokens, int offset)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (AnswerEvent token in tokens)
            json.WriteStringValue(NameOf(token.Candidates![0]));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (AnswerEvent token in tokens)
            json.WriteNumberValue(LogProbabilityWriter.Finite(token.Candidates![0].LogProbability));
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (AnswerEvent token in tokens)
            WriteTop(json, token.Candidates!);
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        int start = tokens[0].Text.Start.Value;
        foreach (AnswerEvent token in tokens)
            json.WriteNumberValue(offset + token.Text.Start.Value - start);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTop(Utf8JsonWriter json, IReadOnlyList<TokenCandidate> candidates)
    {
        json.WriteStartObject();
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 1; i < candidates.Count; i++)
        {
            // Two tokens of one text have one place here; the better one is first.
            if (names.Add(NameOf(candidates[i])))
                json.WriteNumber(NameOf(candidates[i]), LogProbabilityWriter.Finite(candidates[i].LogProbability));
        }

        json.WriteEndObject();
    }

    // As OpenAI writes tokens that are no text.
    private static string NameOf(TokenCandidate candidate)
    {
        if (candidate.Bytes is not { } bytes)
            return candidate.Text;
        StringBuilder name = new("bytes:");
        foreach (byte value in bytes)
            name.Append("\\x").Append(value.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        return name.ToString();
    }
}
