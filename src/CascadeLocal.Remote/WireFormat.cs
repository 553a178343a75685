using System.Text.Json;
using System.Text.Json.Serialization;

namespace CascadeLocal.Remote;

/// <summary>One event of a streamed chat completion: what is read of it. All of it may be missing.</summary>
internal sealed record WireChunk(IReadOnlyList<WireChoice>? Choices, WireUsage? Usage, JsonElement? Error);

internal sealed record WireChoice(
    int? Index, WireDelta? Delta, WireLogprobs? Logprobs, string? FinishReason, JsonElement? StopReason, IReadOnlyList<int>? TokenIds);

/// <summary>What a chunk adds. Thinking has two names among servers.</summary>
internal sealed record WireDelta(string? Content, string? Refusal, string? Reasoning, string? ReasoningContent, IReadOnlyList<WireCall>? ToolCalls);

/// <summary>What a chunk adds to a call: at first its function and id, then its arguments piece by piece.</summary>
internal sealed record WireCall(int? Index, string? Id, WireFunction? Function);

internal sealed record WireFunction(string? Name, string? Arguments);

internal sealed record WireLogprobs(IReadOnlyList<WireToken>? Content);

/// <summary>One token. An infinite log-probability is told as null; only some servers tell ids.</summary>
internal sealed record WireToken(string? Token, float? Logprob, IReadOnlyList<int>? Bytes, int? Id, IReadOnlyList<WireToken>? TopLogprobs);

internal sealed record WireUsage(
    int? PromptTokens, int? CompletionTokens, WirePromptDetails? PromptTokensDetails, WireCompletionDetails? CompletionTokensDetails);

internal sealed record WirePromptDetails(int? CachedTokens);

internal sealed record WireCompletionDetails(int? ReasoningTokens);

/// <summary>Reads the above; a value of another type than expected is a <see cref="JsonException"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WireChunk))]
internal sealed partial class WireJson : JsonSerializerContext;
