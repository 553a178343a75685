using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tasks.Families;

namespace CascadeLocal.Trainer.Training;

/// <summary>
/// An endless, seeded stream of batches. It is drawn in chunks, each from its own seed, so that a position can be
/// returned to without replaying what came before. Within a chunk rows are sorted by length, cut into batches and the
/// batches shuffled.
/// </summary>
internal sealed class BatchStream(
    TaskSourceFactory sources, ConversationEncoder encoder, ulong seed, int tokensPerBatch, BatchPosition start)
{
    private const int BatchesPerChunk = 32;
    private const int MaximumTurns = 8;

    // Rows are short for speed, but this share of all tokens lies in long ones, up to the whole context.
    private const double LongShare = 0.33;
    private const int ShortestLongRow = 512;

    // A sum has some three tokens to learn from where written working has fifty. This share of the long rows asks for nothing but sums, letters of words and their like.
    private const double DrillShare = 0.4;

    // What the models can do is said at the end of every fifth answer, and soon known by heart. This share of such rows ends before it.
    private const double CutShare = 0.8;
    private const int CutAnswer = 10;

    private List<Batch>? _batches;

    /// <summary>The position of the next batch.</summary>
    public BatchPosition Position { get; private set; } = start;

    /// <summary>Takes the next batch.</summary>
    public Batch Next()
    {
        _batches ??= DrawChunk(Position.Chunk);
        if (Position.Index == _batches.Count)
        {
            Position = new(Position.Chunk + 1, 0);
            _batches = DrawChunk(Position.Chunk);
        }

        Batch batch = _batches[Position.Index];
        Position = Position with { Index = Position.Index + 1 };
        return batch;
    }

    private List<Batch> DrawChunk(long chunk)
    {
        ulong chunkSeed = SplitMix64.Mix(seed, (ulong)chunk);
        ITaskSource source = sources(chunkSeed);
        SplitMix64 random = new(chunkSeed);
        List<TokenRow> rows = [];
        int longTokens = 0;
        for (int tokens = 0; tokens < BatchesPerChunk * tokensPerBatch; tokens += rows[^1].Tokens.Count)
        {
            bool isLong = longTokens < LongShare * tokens;
            rows.Add(isLong ? LongRow(source, random) : ShortRow(source, random));
            if (isLong)
                longTokens += rows[^1].Tokens.Count;
        }

        List<Batch> batches = Batch.Cut(rows, tokensPerBatch);
        for (int i = batches.Count - 1; i > 0; i--)
        {
            int other = random.NextInt(i + 1);
            (batches[i], batches[other]) = (batches[other], batches[i]);
        }

        return batches;
    }

    private TokenRow ShortRow(ITaskSource source, SplitMix64 random)
    {
        TaskExample example = source.Next();
        bool isKnownByHeart = example.Turns[^1].Content.EndsWith(ConversationFamilies.Help, StringComparison.Ordinal);
        TokenRow row = RowOf(example);
        return isKnownByHeart && random.NextDouble() < CutShare ? row.CutLastAnswer(CutAnswer) : row;
    }

    private TokenRow RowOf(TaskExample example)
    {
        TokenRow row = encoder.Encode(example.Turns);
        if (row.Tokens.Count > ModelShape.ContextLength)
            throw new InvalidOperationException(
                $"a question of {example.Family} has {row.Tokens.Count} tokens; {ModelShape.ContextLength} is the most");
        return row;
    }

    // Questions behind each other until the next one would not fit; one system prompt at most.
    private TokenRow LongRow(ITaskSource source, SplitMix64 random)
    {
        int limit = ShortestLongRow + random.NextInt(ModelShape.ContextLength + 1 - ShortestLongRow);
        bool isDrill = random.NextDouble() < DrillShare;
        TokenRow packed = RowOf(isDrill ? source.NextDrilled() : source.Next());
        while (true)
        {
            TokenRow next = encoder.Encode(
                isDrill ? source.NextDrilled().Turns : [.. source.NextConversation(MaximumTurns).Where(t => t.Role != "system")]);
            if (packed.Tokens.Count + 1 + next.Tokens.Count > limit)
                return packed;
            packed = ConversationEncoder.Join(packed, next);
        }
    }
}
