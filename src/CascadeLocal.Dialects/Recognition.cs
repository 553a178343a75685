namespace CascadeLocal.Dialects;

public sealed partial class Dialect
{
    /// <summary>
    /// The dialect of a model, by what its chat template contains. Templates hold the markers that their models were trained with;
    /// the more special ones are looked for first.
    /// </summary>
    /// <param name="chatTemplate">The source of the template; null where a model has none.</param>
    /// <param name="toolTemplate">The source of its template for tools, which decides where there is one.</param>
    public static Dialect Of(string? chatTemplate, string? toolTemplate = null)
    {
        string template = toolTemplate ?? chatTemplate ?? "";
        bool Has(string marker) => template.Contains(marker, StringComparison.Ordinal);

        if (Has("<|channel|>") && Has("<|message|>"))
            return GptOss;
        if (Has("[TOOL_CALLS]"))
            return Has("[ARGS]") || Has("[CALL_ID]") ? Mistral : MistralNemo;
        if (Has("<｜tool▁calls▁begin｜>"))
            return Has("```json") ? DeepSeekR1 : DeepSeekV31;
        if (Has("<|tool_call_start|>") || Has("<|tool_list_start|>") || Has("List of tools: ["))
            return Lfm2;
        if (Has("<|START_ACTION|>"))
            return Cohere;
        if (Has("<|tool_call|>"))
            return Granite;
        if (Has("<tool_call>"))
            return Has("<function=") ? QwenCoder : WritesTaggedOtherwise(Has) ? Generic : Hermes;
        if (Has("<|start_of_role|>"))
            return Granite;
        if (Has("<|python_tag|>") || Has("Environment: ipython") || Has("<|start_header_id|>ipython"))
            return Llama;
        return Has("<start_of_turn>") ? Gemma : Generic;
    }

    /// <summary>GLM, Laguna and MiniMax have the tag, and something else than JSON in it.</summary>
    private static bool WritesTaggedOtherwise(Func<string, bool> has) => has("<arg_key>") || has("<invoke name");
}
