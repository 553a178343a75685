namespace CascadeLocal.Engine.Native;

/// <summary>The raw KV cache operations of llama.cpp. Positions are [from, to); a negative end means all.</summary>
internal interface IKvMemory
{
    /// <summary>Removes a range of a sequence; false where only whole sequences can be removed and this is not one.</summary>
    bool Remove(int sequence, int from, int to);

    /// <summary>Makes a range of one sequence part of another too.</summary>
    void Copy(int source, int destination, int from, int to);

    /// <summary>The lowest position a sequence holds, -1 when it is empty.</summary>
    int MinPosition(int sequence);

    /// <summary>The highest position a sequence holds, -1 when it is empty.</summary>
    int MaxPosition(int sequence);
}
