using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Shapes;

/// <summary>Writes a model with the sizes of a published one and random weights, which llama.cpp loads as it would the original.</summary>
internal static class ShapeFile
{
    private const string Embedding = "token_embd.weight";

    /// <summary>Standard deviation of the embedding, once the architecture has scaled it: little beside what the layers add.</summary>
    private const double EmbeddingDeviation = 0.02;

    /// <summary>Standard deviation of the logits, about that of a trained model: answers vary, and the best token leads.</summary>
    private const double LogitDeviation = 3;

    private const float NormEpsilon = 1e-6f;

    /// <summary>Writes a file of 32-bit numbers.</summary>
    /// <param name="path">Where; an existing file is replaced.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="vocabulary">The tokens, as many as the shape has.</param>
    /// <param name="template">The chat template.</param>
    /// <param name="seed">Of the weights.</param>
    public static void Write(string path, Shape shape, ShapeVocabulary vocabulary, string template, ulong seed = 1) => GgufWriter.Write(
        path,
        [.. General(shape), .. Sizes(shape).Concat(shape.Keys(shape)).Select(key => new KeyValuePair<string, object>($"{shape.Architecture}.{key.Key}", key.Value)),
            .. Tokens(shape.Control, vocabulary), new("tokenizer.chat_template", template)],
        [.. Tensors(shape).Select((tensor, index) => new GgufTensor(
            tensor.Name, [.. tensor.Dimensions.Select(size => (ulong)size)], () => Draw(tensor, SplitMix64.Mix(seed, (ulong)index))))]);

    /// <summary>All tensors of a shape.</summary>
    public static IEnumerable<TensorShape> Tensors(Shape shape)
    {
        double embedding = EmbeddingDeviation / shape.EmbeddingScale;
        double output = shape.HasOutput ? EmbeddingDeviation : embedding;
        yield return new TensorShape(Embedding, [shape.Width, shape.Vocabulary], embedding);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            foreach (TensorShape tensor in shape.Block(shape, layer))
                yield return tensor with { Name = $"blk.{layer}.{tensor.Name}" };
        }

        foreach (TensorShape tensor in shape.Others(shape))
            yield return tensor;
        yield return TensorShape.Norm(shape.OutputNorm, shape.Width, LogitDeviation * shape.LogitScale / (output * Math.Sqrt(shape.Width)));
        if (shape.HasOutput)
            yield return new TensorShape("output.weight", [shape.Width, shape.Vocabulary], output);
    }

    private static ReadOnlyMemory<float> Draw(TensorShape tensor, ulong seed)
    {
        float[] values = new float[tensor.Dimensions.Aggregate(1L, (product, size) => checked(product * size))];
        if (tensor.Deviation == 0)
        {
            Array.Fill(values, (float)tensor.Mean);
            return values;
        }

        // Uniform numbers: their deviation is 1/sqrt(12) of their range.
        SplitMix64 random = new(seed);
        double range = tensor.Deviation * Math.Sqrt(12);
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(tensor.Mean + (range * (random.NextDouble() - 0.5)));
        return values;
    }

    private static IEnumerable<KeyValuePair<string, object>> General(Shape shape) =>
    [
        new("general.architecture", shape.Architecture),
        new("general.type", "model"),
        new("general.name", $"{shape.Model} with random weights"),
        new("general.file_type", 0u),
        new("general.quantization_version", 2u),
    ];

    /// <summary>The sizes that every architecture has, without its prefix.</summary>
    private static IEnumerable<KeyValuePair<string, object>> Sizes(Shape shape) =>
    [
        new("vocab_size", (uint)shape.Vocabulary),
        new("context_length", (uint)shape.ContextLength),
        new("embedding_length", (uint)shape.Width),
        new("block_count", (uint)shape.Layers),
        new("feed_forward_length", (uint)(shape.FeedForward > 0 ? shape.FeedForward : shape.Experts?.FeedForward ?? 0)),
        new("attention.layer_norm_rms_epsilon", NormEpsilon),
        new("attention.head_count", (uint)shape.Heads),
        .. shape.Latent is { } latent ? LatentSizes(latent) : shape.Heads > 0 ? HeadSizes(shape) : [],
        .. Present(shape.Window > 0, "attention.sliding_window", (uint)shape.Window),
        .. shape.Experts is { } experts ? ExpertSizes(experts) : [],
        .. shape.StateSpace is { } space ? StateSizes(space) : [],
    ];

    private static IEnumerable<KeyValuePair<string, object>> HeadSizes(Shape shape) =>
    [
        new("attention.head_count_kv", shape.AttentionLayers is null
            ? (uint)shape.KvHeads
            : (int[])[.. Enumerable.Range(0, shape.Layers).Select(layer => shape.Attends(layer) ? shape.KvHeads : 0)]),
        new("attention.key_length", (uint)shape.HeadLength),
        new("attention.value_length", (uint)shape.HeadLength),
        new("rope.dimension_count", (uint)shape.HeadLength),
        new("rope.freq_base", shape.RopeBase),
    ];

    private static IEnumerable<KeyValuePair<string, object>> LatentSizes(Latent latent) =>
    [
        new("attention.head_count_kv", 1u),
        new("attention.q_lora_rank", (uint)latent.QueryRank),
        new("attention.kv_lora_rank", (uint)latent.KeyRank),
        new("attention.key_length", (uint)(latent.KeyRank + latent.Rotary)),
        new("attention.value_length", (uint)latent.KeyRank),
        new("attention.key_length_mla", (uint)latent.KeyLength),
        new("attention.value_length_mla", (uint)latent.ValueLength),
        new("rope.dimension_count", (uint)latent.Rotary),
    ];

    private static IEnumerable<KeyValuePair<string, object>> ExpertSizes(Experts experts) =>
    [
        new("expert_count", (uint)experts.Count),
        new("expert_used_count", (uint)experts.Used),
        new("expert_feed_forward_length", (uint)experts.FeedForward),
        .. Present(experts.SharedFeedForward > 0, "expert_shared_feed_forward_length", (uint)experts.SharedFeedForward),
    ];

    private static IEnumerable<KeyValuePair<string, object>> StateSizes(StateSpace space) =>
    [
        new("ssm.conv_kernel", (uint)space.Convolution),
        new("ssm.inner_size", (uint)space.Inner),
        new("ssm.state_size", (uint)space.State),
        new("ssm.time_step_rank", (uint)space.Heads),
        new("ssm.group_count", (uint)space.Groups),
    ];

    private static IEnumerable<KeyValuePair<string, object>> Tokens(ControlTokens control, ShapeVocabulary vocabulary) =>
    [
        new("tokenizer.ggml.model", "gpt2"),
        new("tokenizer.ggml.pre", "gpt-2"),
        new("tokenizer.ggml.tokens", vocabulary.Tokens),
        new("tokenizer.ggml.token_type", vocabulary.Types),
        new("tokenizer.ggml.merges", vocabulary.Merges),
        new("tokenizer.ggml.eos_token_id", vocabulary.Id(control.End)),
        .. Present(control.EndOfTurn is not null, "tokenizer.ggml.eot_token_id", control.EndOfTurn is { } end ? vocabulary.Id(end) : 0),
        .. Present(control.Begin is not null, "tokenizer.ggml.bos_token_id", control.Begin is { } begin ? vocabulary.Id(begin) : 0),
        new("tokenizer.ggml.add_bos_token", control.Begin is not null),
    ];

    private static IEnumerable<KeyValuePair<string, object>> Present(bool isThere, string key, object value) => isThere ? [new(key, value)] : [];
}
