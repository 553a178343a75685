using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade models --check: whether model files could be served, and how.</summary>
internal static class ModelCheckRun
{
    /// <returns>1 if one of them could not be served, else 0.</returns>
    public static async Task<int> RunAsync(IEnumerable<MemberOptions> members, bool json)
    {
        // What fails is told by the command itself.
        using ILoggerFactory loggers = ConsoleLog.Create(LogLevel.Critical);
        ILogger logger = loggers.CreateLogger("Check");
        List<ModelCheck> checks = [.. members.Select(member => ModelCheck.Of(member.Model!, logger))];
        if (json)
            await PrintJsonAsync(checks);
        else
            checks.ForEach(ModelCheckTable.Print);
        return checks.TrueForAll(check => check.Serves) ? 0 : 1;
    }

    private static async Task PrintJsonAsync(List<ModelCheck> checks)
    {
        await using Stream output = Console.OpenStandardOutput();
        await using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("models");
            foreach (ModelCheck check in checks)
                Write(json, check);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        await output.WriteAsync(Encoding.UTF8.GetBytes(Environment.NewLine));
    }

    private static void Write(Utf8JsonWriter json, ModelCheck check)
    {
        json.WriteStartObject();
        json.WriteString("path", check.Options.Path);
        json.WriteBoolean("serves", check.Serves);
        if ((check.Failure ?? check.TemplateFailure) is { } reason)
            json.WriteString("reason", reason);
        if (check.Name is not null)
            WriteModel(json, check);
        if (check.Memory.Count > 0)
            WriteServing(json, check);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, ModelCheck check)
    {
        json.WriteString("name", check.Name);
        json.WriteString("architecture", check.Architecture);
        json.WriteString("quantization", check.Quantization);
        json.WriteNumber("parameters", check.ParameterCount!.Value);
        json.WriteNumber("files", check.Files.Paths.Count);
        json.WriteNumber("file_bytes", check.Files.Bytes);
        json.WriteNumber("trained_context_length", check.TrainedContextLength!.Value);
        json.WriteString("tokenizer", check.Tokenizer);
        json.WriteNumber("vocabulary_size", check.VocabularySize!.Value);
        json.WriteStartArray("end_tokens");
        foreach ((int id, string text) in check.EndTokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("template", check.ChatTemplate);
        json.WriteString("prompt", check.Prompt);
        json.WriteNumber("prompt_tokens", check.PromptTokens);
    }

    private static void WriteServing(Utf8JsonWriter json, ModelCheck check)
    {
        json.WriteNumber("context_length", check.Options.ContextLength!.Value);
        json.WriteNumber("parallel", check.Options.Parallel!.Value);
        json.WriteString("kv_type", check.Options.KvType.Name());
        json.WriteStartArray("memory");
        foreach (DeviceMemory memory in check.Memory)
        {
            json.WriteStartObject();
            json.WriteString("device", memory.Name);
            json.WriteNumber("weights_bytes", memory.WeightBytes);
            json.WriteNumber("kv_bytes", memory.KvBytes);
            json.WriteNumber("compute_bytes", memory.ComputeBytes);
            json.WriteNumber("free_bytes", memory.FreeBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
