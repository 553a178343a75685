using System.Text.Json.Nodes;

namespace CascadeLocal.Bench.Soak;

/// <summary>What a client takes from an answer.</summary>
/// <param name="Tokens">Output tokens, by its usage.</param>
/// <param name="Text">The text, of the first choice where there are several.</param>
/// <param name="Id">What the server calls it, where it can be referred to.</param>
internal sealed record SoakAnswer(int Tokens, string Text = "", string? Id = null);

/// <summary>A request that has to be answered.</summary>
/// <param name="Path">The route.</param>
/// <param name="Body">What is asked; <c>stream</c> is set by whoever sends it.</param>
/// <param name="Read">Checks a whole answer. What it throws says what is wrong.</param>
internal sealed record SoakRequest(string Path, JsonObject Body, Func<JsonNode, SoakAnswer> Read)
{
    /// <summary>Puts the events of a stream together to the answer that would have come whole; null where nothing is streamed.</summary>
    public Func<IReadOnlyList<JsonNode>, JsonNode>? Join { get; init; }

    /// <summary>Whether a stream ends with [DONE].</summary>
    public bool EndsWithDone { get; init; }

    /// <summary>Called with an answer that was read to its end.</summary>
    public Action<SoakAnswer> Answered { get; init; } = _ => { };

    /// <summary>Called when the client has left.</summary>
    public Action Left { get; init; } = () => { };
}
