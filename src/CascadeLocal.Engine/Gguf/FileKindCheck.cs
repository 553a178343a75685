namespace CascadeLocal.Engine.Gguf;

/// <summary>GGUF files that are no language model and lie beside one are refused by what they are.</summary>
internal static class FileKindCheck
{
    public static void Check(GgufContainer file)
    {
        const string Type = "general.type";
        const string Architecture = "general.architecture";
        if (file.GetString(Type) is string type && WhatElse(type) is { } kind)
            throw file.Failure(Type, $"is '{type}': {kind}");
        if (file.GetString(Architecture) is "clip")
            throw file.Failure(Architecture, $"is 'clip': {WhatElse("mmproj")}");
        // Importance matrices from before there was a general.type.
        if (!file.TryGet(Architecture, out _) && file.Keys.Any(key => key.StartsWith("imatrix.", StringComparison.Ordinal)))
            throw file.Failure(Architecture, $"is missing: {WhatElse("imatrix")}");
        if (file.Tensors.Count == 0 && file.TryGet("tokenizer.ggml.tokens", out _))
            throw file.Failure("tensor count", "is 0: this is a vocabulary without weights, such as tokenizers are tested with");
    }

    private static string? WhatElse(string type) => type switch
    {
        "mmproj" => "this is a multimodal projector (mmproj), which shows images or sound to a language model; serve the file of that model",
        "adapter" => "this is an adapter (LoRA) for another model; serve that model, with this file in its entry under 'lora'",
        "imatrix" => "this is an importance matrix, from which models are quantised; serve one of these models",
        _ => null,
    };
}
