using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Completions;

/// <summary>OpenAI's completions of bare prompts: all that the model writes is the text.</summary>
internal sealed class CompletionFormat(CompletionBody body) : IAnswerFormat, ITextWriter
{
    private const string Kind = "text_completion";

    private readonly TextOffsets[] _offsets = [.. Enumerable.Range(0, body.Request.Choices).Select(_ => new TextOffsets())];
    private CompletionIdentity _identity = null!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Ignored => body.Ignored;

    /// <inheritdoc/>
    public bool IsRead => true;

    /// <inheritdoc/>
    public string PromptField => CompletionRequestParser.PromptField;

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
            WriteChoice(json, i, prefix + answers[i].Text, body.Request, answers[i].Tokens, new TextOffsets(), CompletionWriter.FinishReasonName(answers[i].FinishReason));
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
        _identity = CompletionIdentity.OfStream(decision);
        for (int choice = 0; body.Echoes && choice < body.Request.Choices; choice++)
            stream.WriteText(this, choice, body.Prompts[0].Text!, []);
    }

    /// <inheritdoc/>
    public void WriteText(EventStream stream, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup) =>
        stream.WriteText(this, choice, text, tokens);

    /// <inheritdoc/>
    public void WriteText(Utf8JsonWriter json, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, _identity, Kind);
        json.WriteStartArray("choices");
        WriteChoice(json, choice, text, body.Request, tokens, tokens.Count > 0 ? _offsets[choice] : null, null);
        json.WriteEndArray();
        WriteNoUsage(json);
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
        WriteChoice(json, choice, "", body.Request, [], null, CompletionWriter.FinishReasonName(answers[choice].FinishReason));
        json.WriteEndArray();
        WriteNoUsage(json);
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

    // Where usage is asked for, all chunks have the field.
    private void WriteNoUsage(Utf8JsonWriter json)
    {
        if (body.IncludeUsage)
            json.WriteNull("usage");
    }

    private static void WriteChoice(
        Utf8JsonWriter json, int index, ReadOnlySpan<char> text, GenerationRequest request, IReadOnlyList<AnswerEvent> tokens, TextOffsets? offsets, string? finishReason)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteString("text", text);
        if (request.TopCandidates is null || offsets is null)
            json.WriteNull("logprobs");
        else
            WriteLogProbabilities(json, tokens, offsets);
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
    }

    private static void WriteLogProbabilities(Utf8JsonWriter json, IReadOnlyList<AnswerEvent> tokens, TextOffsets offsets)
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
        foreach (AnswerEvent token in tokens)
            json.WriteNumberValue(offsets.Next(token.Candidates![0]));
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

    /// <summary>
    /// Where the tokens of an answer begin in its text, in code points, as clients of this API count. What a stop string holds back counts with
    /// its token, and a character of several tokens with the last of these.
    /// </summary>
    private sealed class TextOffsets
    {
        private readonly List<byte> _incomplete = [];
        private int _at;

        public int Next(TokenCandidate token)
        {
            int start = _at;
            if (token.IsText)
                _at += token.Bytes is { } bytes ? Complete(bytes) : token.Text.EnumerateRunes().Count();
            return start;
        }

        // How many characters these bytes complete.
        private int Complete(byte[] bytes)
        {
            _incomplete.AddRange(bytes);
            int count = 0;
            while (_incomplete.Count > 0 && Rune.DecodeFromUtf8(CollectionsMarshal.AsSpan(_incomplete), out _, out int read) != OperationStatus.NeedMoreData)
            {
                _incomplete.RemoveRange(0, read);
                count++;
            }

            return count;
        }
    }
}
