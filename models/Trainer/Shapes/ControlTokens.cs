namespace CascadeLocal.Trainer.Shapes;

/// <summary>The control tokens that a maker's template writes.</summary>
/// <param name="All">Their texts.</param>
/// <param name="End"><c>tokenizer.ggml.eos_token_id</c>.</param>
/// <param name="EndOfTurn"><c>tokenizer.ggml.eot_token_id</c>, where a turn ends with another token than a text.</param>
/// <param name="Begin"><c>tokenizer.ggml.bos_token_id</c>, put in front of every prompt; null if there is none.</param>
internal sealed record ControlTokens(IReadOnlyList<string> All, string End, string? EndOfTurn = null, string? Begin = null)
{
    /// <summary>ChatML's, which models without a template of their own are given.</summary>
    public static ControlTokens ChatMl { get; } = new(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], "<|im_end|>");

    /// <summary>Those of Llama 3.</summary>
    public static ControlTokens Llama { get; } = new(
        ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"],
        "<|eot_id|>", Begin: "<|begin_of_text|>");

    /// <summary>Those of Gemma 2 and 3.</summary>
    public static ControlTokens Gemma { get; } = new(
        ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"], "<eos>", "<end_of_turn>", "<bos>");

    /// <summary>Those of Phi 3.</summary>
    public static ControlTokens Phi { get; } = new(
        ["<unk>", "<s>", "</s>", "<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"], "<|endoftext|>", "<|end|>");

    /// <summary>Those of Mistral.</summary>
    public static ControlTokens Mistral { get; } = new(
        ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"], "</s>", Begin: "<s>");

    /// <summary>Those of Granite 3 and 4.</summary>
    public static ControlTokens Granite { get; } = new(
        ["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>"], "<|end_of_text|>");

    /// <summary>Those of DeepSeek.</summary>
    public static ControlTokens DeepSeek { get; } = new(
        ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "</think>"],
        "<｜end▁of▁sentence｜>", Begin: "<｜begin▁of▁sentence｜>");

    /// <summary>Those of gpt-oss.</summary>
    public static ControlTokens GptOss { get; } = new(
        ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|call|>"], "<|return|>");

    /// <summary>Those of LFM 2.</summary>
    public static ControlTokens Lfm { get; } = new(
        ["<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"], "<|im_end|>", Begin: "<|startoftext|>");
}
