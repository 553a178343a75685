namespace CascadeLocal.Engine.Native;

/// <summary>What <c>llama_decode</c> made of a batch.</summary>
internal enum DecodeStatus
{
    /// <summary>Evaluated; logits are there.</summary>
    Ok,

    /// <summary>Not enough free KV cells; nothing has changed.</summary>
    NoKvSlot,

    /// <summary>An error in the library or the batch.</summary>
    Failed,
}
