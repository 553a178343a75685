using CascadeLocal.Engine.Native;

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

/// <summary>How the elements of cached keys and values are stored. The quantised ones are in blocks of 32.</summary>
public enum KvType
{
    /// <summary>Floating point of 16 bits.</summary>
    F16,

    /// <summary>8.5 bits each: <c>q8_0</c>.</summary>
    Q8,

    /// <summary>4.5 bits each: <c>q4_0</c>.</summary>
    Q4,
}

/// <summary>Names of <see cref="KvType"/>.</summary>
public static class KvTypes
{
    /// <summary>As llama.cpp and the configuration call it: <c>f16</c>, <c>q8_0</c> or <c>q4_0</c>.</summary>
    public static string Name(this KvType type) => type switch
    {
        KvType.Q8 => "q8_0",
        KvType.Q4 => "q4_0",
        _ => "f16",
    };
}

/// <summary>
/// The KV cache of several sequences, by position from 0, with an exact account of its cells. Hides how the cells are
/// laid out. Used on the decode thread only.
/// </summary>
internal interface IKvCache
{
    /// <summary>The layout behind it.</summary>
    KvLayout Layout { get; }

    /// <summary>Cells in all.</summary>
    int Cells { get; }

    /// <summary>Cells that hold a token; one that several sequences share counts once.</summary>
    int CellsUsed { get; }

    /// <summary>
    /// Whether a part of a sequence can be kept or copied. If not, a prefix is of use only where it is the whole of what a
    /// sequence holds, and drafts are not verified, since a wrong one could not be taken back.
    /// </summary>
    bool CanCut { get; }

    /// <summary>Whether sequences draw from one supply of cells, so that evicting one makes room for another.</summary>
    bool IsShared { get; }

    /// <summary>
    /// Whether what is restored from a state can be cut. If not, a state is of use only where all of its tokens are wanted.
    /// </summary>
    bool CanCutRestored { get; }

    /// <summary>
    /// The fewest tokens, other than none, that a sequence can be cut to or copied with: all that it holds where it cannot be cut, those
    /// that it was restored with where these cannot, else 0.
    /// </summary>
    int LeastLength(int sequence);

    /// <summary>Tokens that a sequence holds.</summary>
    int Length(int sequence);

    /// <summary>
    /// Keeps the first <paramref name="length"/> tokens of a sequence and returns how many were kept: fewer, namely 0,
    /// below its <see cref="LeastLength"/>.
    /// </summary>
    int Truncate(int sequence, int length);

    /// <summary>
    /// Empties every sequence, with what llama.cpp may hold beyond this account: a decode that failed in mid-step leaves
    /// the cells of what it had done.
    /// </summary>
    void Clear();

    /// <summary>
    /// Makes the first <paramref name="length"/> tokens of <paramref name="source"/> the content of the empty sequence
    /// <paramref name="destination"/>, and returns how many it got: none below the source's <see cref="LeastLength"/>.
    /// </summary>
    int CopyPrefix(int source, int destination, int length);

    /// <summary>Records that a decode has appended <paramref name="count"/> tokens to a sequence.</summary>
    void Appended(int sequence, int count);

    /// <summary>Whether a step may append <paramref name="count"/> tokens without anything being evicted.</summary>
    bool HasRoomFor(int count);

    /// <summary>Cells that some sequences hold together; one that several of them share counts once.</summary>
    int CellsHeldBy(ReadOnlySpan<int> sequences);

    /// <summary>
    /// Whether a sequence is part of a copy that the next decode makes. Until then its content can neither be saved nor be replaced by a
    /// state, since that is done at once.
    /// </summary>
    bool IsBeingCopied(int sequence);

    /// <summary>Bytes that the state of a sequence takes outside.</summary>
    long StateBytes(int sequence);

    /// <summary>Writes the whole state of a sequence; false where that failed.</summary>
    bool SaveState(int sequence, StateBuffer state);

    /// <summary>
    /// Makes a saved state of <paramref name="length"/> tokens the content of a sequence, whatever it held; there is room for it. False, and
    /// the sequence is empty, where that failed.
    /// </summary>
    bool LoadState(int sequence, StateBuffer state, int length);
}
