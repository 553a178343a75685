namespace CascadeLocal.Engine.KvCache;

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

    /// <summary>Whether sequences draw from one supply of cells, so that evicting one makes room for another.</summary>
    bool IsShared { get; }

    /// <summary>Tokens that a sequence holds.</summary>
    int Length(int sequence);

    /// <summary>
    /// Keeps the first <paramref name="length"/> tokens of a sequence and returns how many were kept: fewer, namely 0,
    /// where the model's memory cannot be cut (recurrent layers).
    /// </summary>
    int Truncate(int sequence, int length);

    /// <summary>
    /// Makes the first <paramref name="length"/> tokens of <paramref name="source"/> the content of the empty sequence
    /// <paramref name="destination"/>, and returns how many it got.
    /// </summary>
    int CopyPrefix(int source, int destination, int length);

    /// <summary>Records that a decode has appended <paramref name="count"/> tokens to a sequence.</summary>
    void Appended(int sequence, int count);

    /// <summary>Whether a step may append <paramref name="count"/> tokens without anything being evicted.</summary>
    bool HasRoomFor(int count);

    /// <summary>Cells that evicting a sequence would set free.</summary>
    int CellsHeldAlone(int sequence);
}
