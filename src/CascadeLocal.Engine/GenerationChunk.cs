using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine;

/// <summary>One generated token and the text that it released.</summary>
/// <param name="Text">
/// Text that can be shown now: empty while a character is incomplete or a stop string may have begun, and for the token
/// that ends the answer; more than the token's own where earlier text was held back.
/// </param>
/// <param name="Token">The token's id.</param>
/// <param name="Signals">What decoding knows about it.</param>
public readonly record struct GenerationChunk(string Text, int Token, TokenSignals Signals);
