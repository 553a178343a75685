using System.Text.Json;

using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes what is known of a pool member, as properties of the object that is open.</summary>
public static class MemberWriter
{
    /// <summary>State and, once loaded, what the model is.</summary>
    public static void WriteDescription(Utf8JsonWriter json, PoolMember member)
    {
        WriteState(json, member);
        if (member.Info is not { } info)
            return;
        json.WriteString("architecture", info.Architecture);
        json.WriteNumber("parameters", info.ParameterCount);
        json.WriteString("quantization", info.Quantization);
        json.WriteNumber("file_bytes", info.FileBytes);
        json.WriteNumber("context_length", info.ContextLength);
        json.WriteNumber("vocabulary_size", info.VocabularySize);
        json.WriteNumber("parallel", info.Parallel);
        json.WriteNumber("threads", info.Threads);
        json.WriteString("kv_layout", info.KvLayout.ToString().ToLowerInvariant());
        json.WriteNumber("kv_bytes", info.KvBytes);
        json.WriteString("device", info.Device);
    }

    /// <summary>State and, once loaded, what the model is doing.</summary>
    public static void WriteActivity(Utf8JsonWriter json, PoolMember member)
    {
        WriteState(json, member);
        if (member.Status is not { } status)
            return;
        json.WriteNumber("waiting", status.Waiting);
        json.WriteNumber("running", status.Running);
        json.WriteNumber("peak_decode_batch", status.PeakDecodeBatch);
        json.WriteNumber("kv_cells_used", status.KvCellsUsed);
        json.WriteNumber("kv_cells", status.KvCells);
        json.WriteNumber("steps", status.Steps);
        json.WriteNumber("prefill_tokens", status.PrefillTokens);
        json.WriteNumber("cached_tokens", status.CachedTokens);
        json.WriteNumber("output_tokens", status.OutputTokens);
        json.WriteNumber("preemptions", status.Preemptions);
    }

    private static void WriteState(Utf8JsonWriter json, PoolMember member)
    {
        json.WriteString("state", member.State.ToString().ToLowerInvariant());
        if (member.FailureReason is { } reason)
            json.WriteString("reason", reason);
        json.WriteString("file", member.FileState.ToString().ToLowerInvariant());
    }
}
