namespace CascadeLocal.Trainer.Shapes;

/// <summary>Sizes of published models, one for each architecture, from their makers' configurations.</summary>
internal static class PublishedShapes
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Shape> All { get; } =
    [
        new()
        {
            Architecture = "llama", Model = "Llama-3.2-1B-Instruct", Control = ControlTokens.Llama,
            Layers = 16, Width = 2048, Heads = 32, KvHeads = 8, HeadLength = 64, FeedForward = 8192,
            Vocabulary = 128_256, ContextLength = 131_072, RopeBase = 500_000,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.Attention(shape), .. Blocks.FeedForward(shape)],
            Others = shape => [TensorShape.Norm("rope_freqs.weight", shape.HeadLength / 2)],
        },
        new()
        {
            Architecture = "qwen2", Model = "Qwen2.5-0.5B-Instruct", Control = ControlTokens.ChatMl,
            Layers = 24, Width = 896, Heads = 14, KvHeads = 2, HeadLength = 64, HeadsFillWidth = true, FeedForward = 4864,
            Vocabulary = 151_936, ContextLength = 32_768, RopeBase = 1_000_000,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.Attention(shape, biases: true), .. Blocks.FeedForward(shape)],
        },
        new()
        {
            Architecture = "qwen3", Model = "Qwen3-0.6B", Control = ControlTokens.ChatMl,
            Layers = 28, Width = 1024, Heads = 16, KvHeads = 8, HeadLength = 128, FeedForward = 3072,
            Vocabulary = 151_936, ContextLength = 40_960, RopeBase = 1_000_000,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.Attention(shape, headNorms: true), .. Blocks.FeedForward(shape)],
        },
        new()
        {
            Architecture = "gemma2", Model = "gemma-2-2b-it", Control = ControlTokens.Gemma,
            Layers = 26, Width = 2304, Heads = 8, KvHeads = 4, HeadLength = 256, FeedForward = 9216,
            Vocabulary = 256_000, ContextLength = 8192, Window = 4096, EmbeddingScale = Math.Sqrt(2304),
            Block = (shape, _) => Gemma(shape, headNorms: false),
            Keys = _ => [Key("attn_logit_softcapping", 50f), Key("final_logit_softcapping", 30f)],
        },
        new()
        {
            Architecture = "gemma3", Model = "gemma-3-1b-it", Control = ControlTokens.Gemma, Period = 6,
            Layers = 26, Width = 1152, Heads = 4, KvHeads = 1, HeadLength = 256, FeedForward = 6912,
            Vocabulary = 262_144, ContextLength = 32_768, Window = 512, RopeBase = 1_000_000, EmbeddingScale = Math.Sqrt(1152),
            Block = (shape, _) => Gemma(shape, headNorms: true),
        },
        new()
        {
            Architecture = "phi3", Model = "Phi-3-mini-4k-instruct", Control = ControlTokens.Phi, HasOutput = true,
            Layers = 32, Width = 3072, Heads = 32, KvHeads = 32, HeadLength = 96, HeadsFillWidth = true, FeedForward = 8192,
            Vocabulary = 32_064, ContextLength = 4096, Window = 2047,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.FusedAttention(shape), .. Blocks.FusedFeedForward(shape)],
        },
        new()
        {
            Architecture = "mistral3", Model = "Ministral-3-3B-Instruct-2512", Control = ControlTokens.Mistral,
            Layers = 26, Width = 3072, Heads = 32, KvHeads = 8, HeadLength = 128, FeedForward = 9216,
            Vocabulary = 131_072, ContextLength = 262_144, RopeBase = 1_000_000,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.Attention(shape), .. Blocks.FeedForward(shape)],
            Keys = _ =>
            [
                .. Yarn(factor: 16, originalContext: 16_384),
                Key("rope.scaling.yarn_log_multiplier", 1f), Key("attention.temperature_scale", 0.1f),
            ],
        },
        new()
        {
            Architecture = "granite", Model = "granite-3.3-2b-instruct", Control = ControlTokens.Granite,
            Layers = 40, Width = 2048, Heads = 32, KvHeads = 8, HeadLength = 64, FeedForward = 8192,
            Vocabulary = 49_159, ContextLength = 131_072, RopeBase = 10_000_000, EmbeddingScale = 12, LogitScale = 8,
            AttentionScale = 0.015625f,
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.Attention(shape), .. Blocks.FeedForward(shape)],
            Keys = Granite,
        },
        new()
        {
            Architecture = "olmoe", Model = "OLMoE-1B-7B-0125-Instruct", Control = ControlTokens.ChatMl, HasOutput = true,
            Layers = 16, Width = 2048, Heads = 16, KvHeads = 16, HeadLength = 128, HeadsFillWidth = true, FeedForward = 0,
            Vocabulary = 50_304, ContextLength = 4096, Experts = new Experts(64, 8, 1024),
            Block = (shape, _) =>
            [
                Blocks.InputNorm(shape), .. Blocks.Attention(shape),
                TensorShape.Norm("attn_q_norm.weight", shape.Width, Blocks.QueryGain(shape)), TensorShape.Norm("attn_k_norm.weight", shape.Width),
                TensorShape.Norm("ffn_norm.weight", shape.Width), .. Blocks.Experts(shape),
            ],
        },
        new()
        {
            Architecture = "qwen3moe", Model = "Qwen3-30B-A3B", Control = ControlTokens.ChatMl, HasOutput = true,
            Layers = 48, Width = 2048, Heads = 32, KvHeads = 4, HeadLength = 128, FeedForward = 0,
            Vocabulary = 151_936, ContextLength = 40_960, RopeBase = 1_000_000, Experts = new Experts(128, 8, 768),
            Block = (shape, _) =>
            [
                Blocks.InputNorm(shape), .. Blocks.Attention(shape, headNorms: true),
                TensorShape.Norm("ffn_norm.weight", shape.Width), .. Blocks.Experts(shape),
            ],
        },
        new()
        {
            Architecture = "deepseek2", Model = "DeepSeek-V3.1", Control = ControlTokens.DeepSeek, HasOutput = true,
            Layers = 61, Width = 7168, Heads = 128, KvHeads = 1, HeadLength = 128, FeedForward = 18_432, DenseLayers = 3,
            Vocabulary = 129_280, ContextLength = 163_840, Experts = new Experts(256, 8, 2048, SharedFeedForward: 2048),
            Latent = new Latent(QueryRank: 1536, KeyRank: 512, Rotary: 64, KeyLength: 192, ValueLength: 128),
            Block = (shape, layer) =>
            [
                Blocks.InputNorm(shape), .. Blocks.LatentAttention(shape),
                .. layer < shape.DenseLayers
                    ? Blocks.FeedForward(shape)
                    :
                    [
                        TensorShape.Norm("ffn_norm.weight", shape.Width), .. Blocks.Experts(shape),
                        TensorShape.Bias("exp_probs_b.bias", shape.Experts!.Count),
                    ],
            ],
            Keys = shape =>
            [
                Key("leading_dense_block_count", (uint)shape.DenseLayers), Key("expert_shared_count", 1u),
                Key("expert_weights_scale", 2.5f), Key("expert_weights_norm", true), Key("expert_gating_func", 2u),
            ],
        },
        new()
        {
            Architecture = "gpt-oss", Model = "gpt-oss-20b", Control = ControlTokens.GptOss, HasOutput = true,
            Layers = 24, Width = 2880, Heads = 64, KvHeads = 8, HeadLength = 64, FeedForward = 0,
            Vocabulary = 201_088, ContextLength = 131_072, Window = 128, RopeBase = 150_000, Experts = new Experts(32, 4, 2880),
            Block = (shape, _) =>
            [
                Blocks.InputNorm(shape), .. Blocks.Attention(shape, biases: true), TensorShape.Bias("attn_output.bias", shape.Width),
                new TensorShape("attn_sinks.weight", [shape.Heads], 1),
                TensorShape.Norm("post_attention_norm.weight", shape.Width), .. Blocks.Experts(shape), .. Blocks.ExpertBiases(shape),
            ],
            Keys = _ => Yarn(factor: 32, originalContext: 4096),
        },
        new()
        {
            Architecture = "lfm2", Model = "LFM2-1.2B", Control = ControlTokens.Lfm, OutputNorm = "token_embd_norm.weight", Period = 3,
            Layers = 16, Width = 2048, Heads = 32, KvHeads = 8, HeadLength = 64, HeadsFillWidth = true, FeedForward = 8192,
            AttentionLayers = [2, 5, 8, 10, 12, 14], Vocabulary = 65_536, ContextLength = 128_000, RopeBase = 1_000_000,
            Block = (shape, layer) =>
            [
                Blocks.InputNorm(shape),
                .. shape.Attends(layer) ? Blocks.Attention(shape, headNorms: true) : Blocks.ShortConvolution(shape, LfmConvolution),
                .. Blocks.FeedForward(shape),
            ],
            Keys = _ => [Key("shortconv.l_cache", (uint)LfmConvolution)],
        },
        new()
        {
            Architecture = "mamba2", Model = "mamba2-370m", Control = ControlTokens.ChatMl,
            Layers = 48, Width = 1024, FeedForward = 0, Vocabulary = 50_288, ContextLength = 1_048_576,
            StateSpace = new StateSpace(Inner: 2048, State: 128, Convolution: 4, Groups: 1),
            Block = (shape, _) => [Blocks.InputNorm(shape), .. Blocks.StateSpace(shape)],
        },
        new()
        {
            Architecture = "granitehybrid", Model = "granite-4.0-h-tiny", Control = ControlTokens.Granite, Period = 3,
            Layers = 40, Width = 1536, Heads = 12, KvHeads = 4, HeadLength = 128, FeedForward = 0,
            AttentionLayers = [5, 15, 25, 35], Vocabulary = 100_352, ContextLength = 131_072, EmbeddingScale = 12, LogitScale = 6,
            AttentionScale = 0.0078125f,
            Experts = new Experts(64, 6, 512, SharedFeedForward: 1024),
            StateSpace = new StateSpace(Inner: 3072, State: 128, Convolution: 4, Groups: 1),
            Block = (shape, layer) =>
            [
                Blocks.InputNorm(shape), .. shape.Attends(layer) ? Blocks.Attention(shape) : Blocks.StateSpace(shape),
                TensorShape.Norm("ffn_norm.weight", shape.Width), .. Blocks.Experts(shape),
            ],
            Keys = shape => [.. Granite(shape), Key("rope.scaling.finetuned", false)],
        },
    ];

    private const int LfmConvolution = 3;

    /// <summary>The shape of an architecture.</summary>
    public static Shape Of(string architecture) => All.Single(shape => shape.Architecture == architecture);

    private static IEnumerable<TensorShape> Gemma(Shape shape, bool headNorms) =>
    [
        Blocks.InputNorm(shape), .. Blocks.Attention(shape, headNorms: headNorms), TensorShape.Norm("post_attention_norm.weight", shape.Width),
        .. Blocks.FeedForward(shape), TensorShape.Norm("post_ffw_norm.weight", shape.Width),
    ];

    private static IEnumerable<KeyValuePair<string, object>> Granite(Shape shape) =>
    [
        Key("logit_scale", (float)shape.LogitScale), Key("embedding_scale", (float)shape.EmbeddingScale),
        Key("residual_scale", 0.22f), Key("attention.scale", shape.AttentionScale!),
    ];

    private static IEnumerable<KeyValuePair<string, object>> Yarn(float factor, uint originalContext) =>
    [
        Key("rope.scaling.type", "yarn"), Key("rope.scaling.factor", factor), Key("rope.scaling.original_context_length", originalContext),
    ];

    private static KeyValuePair<string, object> Key(string name, object value) => new(name, value);
}
