using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Tuning;
using CascadeLocal.Remote;

namespace CascadeLocal.Server.Models;

/// <summary>Writes what is known of a pool member, as properties of the object that is open.</summary>
public static class MemberWriter
{
    /// <summary>State and, once loaded, what the model is; of one in this process also how it is served.</summary>
    public static void WriteDescription(Utf8JsonWriter json, PoolMember member)
    {
        WriteState(json, member);
        if (member.Capabilities is not { } can)
            return;
        if (member.Remote is not null)
            json.WriteString("model", can.Model);
        json.WriteNumber("context_length", can.ContextLength);
        json.WriteNumber("parallel", can.Parallel);
        // Who has this as a member sees by it that it is another model now.
        if (member.Fingerprint is { } fingerprint)
            json.WriteString("fingerprint", fingerprint);
        json.WriteString("signals", JsonNamingPolicy.SnakeCaseLower.ConvertName(can.Signals.ToString()));
        if (can.ParameterCount is { } parameters)
            json.WriteNumber("parameters", parameters);
        if (can.VocabularySize is { } tokens)
            json.WriteNumber("vocabulary_size", tokens);
        if (member.Local?.Info is not { } info)
            return;
        json.WriteString("architecture", info.Architecture);
        json.WriteString("quantization", info.Quantization);
        json.WriteNumber("file_bytes", info.FileBytes);
        json.WriteNumber("threads", info.Threads);
        json.WriteNumber("threads_batch", info.ThreadsBatch);
        json.WriteNumber("prefill_budget", info.PrefillBudget);
        json.WriteString("flash_attention", FlashAttention(info.FlashAttention));
        json.WriteString("kv_layout", info.KvLayout.ToString().ToLowerInvariant());
        json.WriteString("kv_type", info.KvType.Name());
        json.WriteNumber("kv_bytes", info.KvBytes);
        WriteAdapters(json, info.Lora);
        if (info.Drafter is { } drafter)
            json.WriteString("drafter", drafter);
        json.WriteString("device", info.Device);
        if (member.Tuning is { } tuning)
            WriteTuning(json, tuning);
    }

    /// <summary>When it was tuned, and what of that is in force.</summary>
    private static void WriteTuning(Utf8JsonWriter json, SavedTuning tuning)
    {
        json.WriteStartObject("tuning");
        json.WriteString("tuned_at", tuning.TunedAt);
        WriteSettings(json, tuning.Settings);
        json.WriteEndObject();
    }

    /// <summary>The settings that a tuning changes, as the configuration writes them.</summary>
    public static void WriteSettings(Utf8JsonWriter json, TunedSettings settings)
    {
        if (settings.Threads is { } threads)
            json.WriteNumber("threads", threads);
        if (settings.ThreadsBatch is { } batch)
            json.WriteNumber("threads_batch", batch);
        if (settings.PrefillBudget is { } budget)
            json.WriteNumber("prefill_budget", budget);
        if (settings.FlashAttention is { } flash)
            json.WriteString("flash_attention", FlashAttention(flash));
    }

    private static string FlashAttention(bool? isOn) => isOn switch { null => "auto", true => "on", false => "off" };

    /// <summary>The adapters that are applied; nothing where there are none. Folders are nobody's business.</summary>
    private static void WriteAdapters(Utf8JsonWriter json, LoraAdapters adapters)
    {
        if (adapters.Count == 0)
            return;
        json.WriteStartArray("lora");
        foreach (LoraOptions adapter in adapters)
        {
            json.WriteStartObject();
            json.WriteString("file", Path.GetFileName(adapter.Path));
            json.WriteNumber("scale", adapter.Scale);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>State and, once loaded, what the model is doing.</summary>
    public static void WriteActivity(Utf8JsonWriter json, PoolMember member)
    {
        WriteState(json, member);
        if (member.Load is not { } load)
            return;
        json.WriteNumber("waiting", load.Waiting);
        json.WriteNumber("running", load.Running);
        if (member.Remote is { } remote)
            WriteEndpoint(json, remote);
        if (member.Local?.Status is not { } status)
            return;
        json.WriteNumber("peak_decode_batch", status.PeakDecodeBatch);
        json.WriteNumber("kv_cells_used", status.KvCellsUsed);
        json.WriteNumber("kv_cells", status.KvCells);
        json.WriteNumber("steps", status.Steps);
        json.WriteNumber("prefill_tokens", status.PrefillTokens);
        json.WriteNumber("cached_tokens", status.CachedTokens);
        json.WriteNumber("output_tokens", status.OutputTokens);
        json.WriteNumber("preemptions", status.Preemptions);
        json.WriteNumber("drafted_ahead", status.AheadTokensVerified);
        json.WriteNumber("drafted_ahead_taken", status.AheadTokensTaken);
        StoredPrefixStatus stored = status.StoredPrefixes;
        json.WriteStartObject("prefix_cache");
        json.WriteNumber("prefixes", stored.Prefixes);
        json.WriteNumber("bytes", stored.Bytes);
        json.WriteNumber("saves", stored.Saved);
        json.WriteNumber("restores", stored.Restored);
        json.WriteNumber("restored_tokens", stored.RestoredTokens);
        json.WriteNumber("evictions", stored.Evicted);
        json.WriteNumber("copy_ms", stored.CopyTime.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteEndpoint(Utf8JsonWriter json, RemoteMember remote)
    {
        RemoteCircuit circuit = remote.Circuit;
        json.WriteString("circuit", JsonNamingPolicy.SnakeCaseLower.ConvertName(circuit.State.ToString()));
        json.WriteString("circuit_since", circuit.Since.UtcDateTime);
        if (circuit.LastError is { } error)
            json.WriteString("last_error", error);
        if (remote.Identity.Changed is { } changed)
            json.WriteString("changed", changed);
    }

    private static void WriteState(Utf8JsonWriter json, PoolMember member)
    {
        json.WriteString("state", member.State.ToString().ToLowerInvariant());
        if (member.FailureReason is { } reason)
            json.WriteString("reason", reason);
        if (member.Options.Model is not null)
            json.WriteString("file", member.FileState.ToString().ToLowerInvariant());
    }
}
