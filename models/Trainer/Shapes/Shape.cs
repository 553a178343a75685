namespace CascadeLocal.Trainer.Shapes;

/// <summary>Experts of a feed-forward layer.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Used">How many compute a token.</param>
/// <param name="FeedForward">Width of one's hidden layer.</param>
/// <param name="SharedFeedForward">Width of the hidden layer that computes every token; 0 if there is none.</param>
internal sealed record Experts(int Count, int Used, int FeedForward, int SharedFeedForward = 0);

/// <summary>A state-space layer (Mamba 2). Each of its heads is 64 wide.</summary>
/// <param name="Inner">Elements inside it, a multiple of the head's width.</param>
/// <param name="State">Elements of the state behind each of them.</param>
/// <param name="Convolution">Tokens that its convolution sees.</param>
/// <param name="Groups">Groups of heads that share projections into the state.</param>
internal sealed record StateSpace(int Inner, int State, int Convolution, int Groups)
{
    /// <summary>Its heads.</summary>
    public int Heads => Inner / 64;

    /// <summary>Channels of its convolution.</summary>
    public int Channels => Inner + (2 * Groups * State);
}

/// <summary>Multi-head latent attention: keys and values are stored as one compressed vector for all heads.</summary>
/// <param name="QueryRank">Elements of the compressed query.</param>
/// <param name="KeyRank">Elements of the compressed keys and values.</param>
/// <param name="Rotary">Elements of a key that carry its position.</param>
/// <param name="KeyLength">Elements of one head's key, the rotary ones included.</param>
/// <param name="ValueLength">Elements of one head's value.</param>
internal sealed record Latent(int QueryRank, int KeyRank, int Rotary, int KeyLength, int ValueLength);

/// <summary>The sizes of a published model, and which tensors an architecture has.</summary>
internal sealed record Shape
{
    /// <summary><c>general.architecture</c>, which is what a shape is called.</summary>
    public required string Architecture { get; init; }

    /// <summary>The model whose sizes these are.</summary>
    public required string Model { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Elements of a token's vector.</summary>
    public required int Width { get; init; }

    /// <summary>Width of a dense layer's hidden layer; 0 if there is none.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of the trained context.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Query heads; 0 where there is no attention.</summary>
    public int Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; init; }

    /// <summary>Elements of a head.</summary>
    public int HeadLength { get; init; }

    /// <summary>Whether the heads together are as wide as the model, as the architecture wants it.</summary>
    public bool HeadsFillWidth { get; init; }

    /// <summary>Layers with attention where the others are recurrent; null where all have it.</summary>
    public IReadOnlyList<int>? AttentionLayers { get; init; }

    /// <summary>Tokens that a sliding-window layer attends to; 0 if there is no such layer.</summary>
    public int Window { get; init; }

    /// <summary>After how many layers the kinds of layers repeat.</summary>
    public int Period { get; init; } = 2;

    /// <summary>Base of the rotary frequencies.</summary>
    public float RopeBase { get; init; } = 10_000;

    /// <summary>What the embedding is multiplied with before the first layer.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>What the logits are divided by.</summary>
    public double LogitScale { get; init; } = 1;

    /// <summary>What products of queries and keys are multiplied with; null is 1 over the square root of the head's length.</summary>
    public float? AttentionScale { get; init; }

    /// <summary>Whether the output has a matrix of its own; else it is the embedding.</summary>
    public bool HasOutput { get; init; }

    /// <summary>Its experts, if it has any.</summary>
    public Experts? Experts { get; init; }

    /// <summary>First layers that have no experts.</summary>
    public int DenseLayers { get; init; }

    /// <summary>Its state-space layers, if it has any.</summary>
    public StateSpace? StateSpace { get; init; }

    /// <summary>Its latent attention, if it has one.</summary>
    public Latent? Latent { get; init; }

    /// <summary>Tensors of a layer, without the prefix that names the layer.</summary>
    public required Func<Shape, int, IEnumerable<TensorShape>> Block { get; init; }

    /// <summary>Tensors beside the layers, the embedding and the output.</summary>
    public Func<Shape, IEnumerable<TensorShape>> Others { get; init; } = _ => [];

    /// <summary>Name of the norm in front of the output.</summary>
    public string OutputNorm { get; init; } = "output_norm.weight";

    /// <summary>Metadata beyond what all architectures have, without the architecture's prefix.</summary>
    public Func<Shape, IEnumerable<KeyValuePair<string, object>>> Keys { get; init; } = _ => [];

    /// <summary>Control tokens of the model's own template.</summary>
    public required ControlTokens Control { get; init; }

    /// <summary>Whether a layer attends; else it is recurrent.</summary>
    public bool Attends(int layer) => Heads > 0 && (AttentionLayers?.Contains(layer) ?? true);

    /// <summary>
    /// The same in small, for tests: heads, states and ranks as wide as they are, but fewer of them, of layers, experts and tokens,
    /// and a window that a short conversation leaves.
    /// </summary>
    public Shape Small()
    {
        int heads = Math.Min(Heads, 4);
        int width = HeadsFillWidth ? heads * HeadLength : 256;
        return this with
        {
            Layers = Period,
            Width = width,
            FeedForward = Math.Min(FeedForward, 384),
            Vocabulary = 2560,
            ContextLength = Math.Min(ContextLength, 4096),
            Heads = heads,
            KvHeads = Heads == 0 ? 0 : Math.Max(1, heads * KvHeads / Heads),
            AttentionLayers = AttentionLayers is null ? null : [1],
            Window = Math.Min(Window, 24),
            Experts = Experts is null ? null : new Experts(8, 2, 64, Math.Min(Experts.SharedFeedForward, 64)),
            DenseLayers = Math.Min(DenseLayers, 1),
            StateSpace = StateSpace is null ? null : StateSpace with { Inner = 2 * width },
            Latent = Latent is null ? null : Latent with { QueryRank = 96 },
        };
    }
}
