using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>The check of a model file, one line for each thing that was found.</summary>
internal static class ModelCheckTable
{
    // A template may have thousands of characters; the whole of it is in the JSON.
    private const int LongestTemplate = 300;

    public static void Print(ModelCheck check)
    {
        Table table = ReportOutput.Table("File", Path.GetFileName(check.Options.Path));
        foreach ((string what, string? found) in Rows(check))
        {
            if (found is { Length: > 0 })
                table.AddRow(Markup.Escape(what), Markup.Escape(found));
        }

        ReportOutput.Print(table);
    }

    private static IEnumerable<(string What, string? Found)> Rows(ModelCheck check)
    {
        yield return ("Verdict", check.Serves ? "would be served" : $"would not be served: {check.Failure ?? check.TemplateFailure}");
        if (check.Name is not null)
        {
            yield return ("Model", $"{check.Name}: {check.Architecture}, {Quantity.Format(check.ParameterCount!.Value, "")} parameters, {check.Quantization}");
            yield return ("Size", $"{Quantity.Format(check.Files.Bytes, "B")}{(check.Files.Paths.Count > 1 ? $" in {check.Files.Paths.Count} files" : "")}");
            yield return ("Tokenizer", $"{check.Tokenizer}, {Quantity.Plain(check.VocabularySize!.Value)} tokens");
        }

        yield return ("End tokens", string.Join(", ", check.EndTokens.Select(token => $"{token.Text} ({token.Id})")));
        yield return ("Template", check.ChatTemplate is { Length: > LongestTemplate } template ? $"{template[..LongestTemplate]} ..." : check.ChatTemplate);
        yield return ("Sample prompt", check.Prompt is null ? null : $"{check.Prompt.TrimEnd('\n')}\n({check.PromptTokens} tokens)");
        if (check.Memory.Count > 0)
        {
            yield return ("Context", $"{check.Options.Parallel} x {Quantity.Plain(check.Options.ContextLength!.Value)} tokens in {check.Options.KvType.Name()}, "
                + $"trained for {Quantity.Plain(check.TrainedContextLength!.Value)}");
        }

        foreach (DeviceMemory memory in check.Memory)
        {
            yield return (memory.Name, $"weights {Quantity.Format(memory.WeightBytes, "B")}, KV cache {Quantity.Format(memory.KvBytes, "B")}, "
                + $"compute buffers {Quantity.Format(memory.ComputeBytes, "B")}; free {Quantity.Format(memory.FreeBytes, "B")}");
        }
    }
}
