using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>What the decode thread tells the reader about one token.</summary>
/// <param name="Token">Its id.</param>
/// <param name="Signals">What decoding knows about it.</param>
/// <param name="Released">How many bytes of the answer may be shown from now on.</param>
/// <param name="IsLast">Whether it ends the answer.</param>
internal readonly record struct TokenEvent(int Token, TokenSignals Signals, int Released, bool IsLast);
