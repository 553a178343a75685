namespace CascadeLocal.Engine.KvCache;

/// <summary>How llama.cpp lays out the KV cache of several sequences.</summary>
public enum KvLayout
{
    /// <summary>Chosen by the engine for the model at hand.</summary>
    Auto,

    /// <summary>One buffer per sequence: decoding attends to its own cells only; a shared prefix is copied.</summary>
    Streams,

    /// <summary>One buffer for all: a shared prefix is stored once; every cell in use slows every decode.</summary>
    Unified,
}
