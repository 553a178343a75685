namespace CascadeLocal.Trainer.Shapes;

/// <summary>The parts that the layers of published architectures are made of, as llama.cpp names their tensors.</summary>
internal static class Blocks
{
    /// <summary>
    /// How much larger queries are than keys: products of a deviation of three are attention that looks at single tokens, so that
    /// the answer depends on each of them.
    /// </summary>
    public static double QueryGain(Shape shape) => 3 / (shape.AttentionScale * Math.Sqrt(shape.HeadLength) ?? 1);

    /// <summary>A norm in front of the part that attends or recurs.</summary>
    public static TensorShape InputNorm(Shape shape) => TensorShape.Norm("attn_norm.weight", shape.Width);

    /// <summary>Attention with matrices of its own for queries, keys and values.</summary>
    public static IEnumerable<TensorShape> Attention(Shape shape, bool biases = false, bool headNorms = false)
    {
        long queries = (long)shape.Heads * shape.HeadLength;
        long keys = (long)shape.KvHeads * shape.HeadLength;
        yield return TensorShape.Matrix("attn_q.weight", shape.Width, queries, headNorms ? 1 : QueryGain(shape));
        yield return TensorShape.Matrix("attn_k.weight", shape.Width, keys);
        yield return TensorShape.Matrix("attn_v.weight", shape.Width, keys);
        yield return TensorShape.Matrix("attn_output.weight", queries, shape.Width);
        if (biases)
        {
            yield return TensorShape.Bias("attn_q.bias", queries);
            yield return TensorShape.Bias("attn_k.bias", keys);
            yield return TensorShape.Bias("attn_v.bias", keys);
        }

        if (headNorms)
        {
            yield return TensorShape.Norm("attn_q_norm.weight", shape.HeadLength, QueryGain(shape));
            yield return TensorShape.Norm("attn_k_norm.weight", shape.HeadLength);
        }
    }

    /// <summary>Attention with one matrix for queries, keys and values.</summary>
    public static IEnumerable<TensorShape> FusedAttention(Shape shape)
    {
        long queries = (long)shape.Heads * shape.HeadLength;
        long keys = (long)shape.KvHeads * shape.HeadLength;
        yield return TensorShape.Matrix("attn_qkv.weight", shape.Width, queries + (2 * keys), Math.Sqrt(QueryGain(shape)));
        yield return TensorShape.Matrix("attn_output.weight", queries, shape.Width);
    }

    /// <summary>Attention over compressed keys and values.</summary>
    public static IEnumerable<TensorShape> LatentAttention(Shape shape)
    {
        Latent latent = shape.Latent!;
        yield return TensorShape.Matrix("attn_q_a.weight", shape.Width, latent.QueryRank);
        yield return TensorShape.Norm("attn_q_a_norm.weight", latent.QueryRank);
        yield return TensorShape.Matrix("attn_q_b.weight", latent.QueryRank, (long)shape.Heads * latent.KeyLength, QueryGain(shape));
        yield return TensorShape.Matrix("attn_kv_a_mqa.weight", shape.Width, latent.KeyRank + latent.Rotary);
        yield return TensorShape.Norm("attn_kv_a_norm.weight", latent.KeyRank);
        yield return TensorShape.Matrix("attn_k_b.weight", latent.KeyLength - latent.Rotary, latent.KeyRank, experts: shape.Heads);
        yield return TensorShape.Matrix("attn_v_b.weight", latent.KeyRank, latent.ValueLength, experts: shape.Heads);
        yield return TensorShape.Matrix("attn_output.weight", (long)shape.Heads * latent.ValueLength, shape.Width);
    }

    /// <summary>A Mamba 2 layer.</summary>
    public static IEnumerable<TensorShape> StateSpace(Shape shape)
    {
        StateSpace space = shape.StateSpace!;
        yield return TensorShape.Matrix("ssm_in.weight", shape.Width, space.Inner + space.Channels + space.Heads);
        yield return TensorShape.Matrix("ssm_conv1d.weight", space.Convolution, space.Channels);
        yield return TensorShape.Bias("ssm_conv1d.bias", space.Channels);

        // What a token leaves in the state decays by exp(A · softplus(dt)): some heads forget in a few tokens, some hardly at all.
        yield return new TensorShape("ssm_dt.bias", [space.Heads], 1, -3);
        yield return new TensorShape("ssm_a", [1, space.Heads], 0.5, -1);
        yield return new TensorShape("ssm_d", [1, space.Heads], 0, 1);
        yield return new TensorShape("ssm_norm.weight", [space.Inner / space.Groups, space.Groups], 0, 1);
        yield return TensorShape.Matrix("ssm_out.weight", space.Inner, shape.Width);
    }

    /// <summary>A short convolution, gated before and after.</summary>
    public static IEnumerable<TensorShape> ShortConvolution(Shape shape, int tokens)
    {
        yield return TensorShape.Matrix("shortconv.in_proj.weight", shape.Width, 3L * shape.Width);
        yield return TensorShape.Matrix("shortconv.conv.weight", tokens, shape.Width);
        yield return TensorShape.Matrix("shortconv.out_proj.weight", shape.Width, shape.Width);
    }

    /// <summary>A gated feed-forward layer, behind a norm.</summary>
    public static IEnumerable<TensorShape> FeedForward(Shape shape)
    {
        yield return TensorShape.Norm("ffn_norm.weight", shape.Width);
        yield return TensorShape.Matrix("ffn_gate.weight", shape.Width, shape.FeedForward);
        yield return TensorShape.Matrix("ffn_up.weight", shape.Width, shape.FeedForward);
        yield return TensorShape.Matrix("ffn_down.weight", shape.FeedForward, shape.Width);
    }

    /// <summary>The same with gate and input in one matrix.</summary>
    public static IEnumerable<TensorShape> FusedFeedForward(Shape shape)
    {
        yield return TensorShape.Norm("ffn_norm.weight", shape.Width);
        yield return TensorShape.Matrix("ffn_up.weight", shape.Width, 2L * shape.FeedForward);
        yield return TensorShape.Matrix("ffn_down.weight", shape.FeedForward, shape.Width);
    }

    /// <summary>Experts, with those that compute every token where the shape has them; the norm before them is the caller's.</summary>
    public static IEnumerable<TensorShape> Experts(Shape shape)
    {
        (int count, _, int hidden, int shared) = shape.Experts!;
        yield return TensorShape.Matrix("ffn_gate_inp.weight", shape.Width, count);
        yield return TensorShape.Matrix("ffn_gate_exps.weight", shape.Width, hidden, experts: count);
        yield return TensorShape.Matrix("ffn_up_exps.weight", shape.Width, hidden, experts: count);
        yield return TensorShape.Matrix("ffn_down_exps.weight", hidden, shape.Width, experts: count);
        if (shared == 0)
            yield break;
        yield return TensorShape.Matrix("ffn_gate_shexp.weight", shape.Width, shared);
        yield return TensorShape.Matrix("ffn_up_shexp.weight", shape.Width, shared);
        yield return TensorShape.Matrix("ffn_down_shexp.weight", shared, shape.Width);
    }

    /// <summary>The biases of experts and of their choice.</summary>
    public static IEnumerable<TensorShape> ExpertBiases(Shape shape)
    {
        (int count, _, int hidden, _) = shape.Experts!;
        yield return TensorShape.Bias("ffn_gate_inp.bias", count);
        yield return TensorShape.Bias("ffn_gate_exps.bias", hidden, count);
        yield return TensorShape.Bias("ffn_up_exps.bias", hidden, count);
        yield return TensorShape.Bias("ffn_down_exps.bias", shape.Width, count);
    }
}
