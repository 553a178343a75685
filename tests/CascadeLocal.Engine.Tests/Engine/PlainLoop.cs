using LLama;
using LLama.Common;
using LLama.Native;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>
/// llama_decode in a loop, by LLamaSharp's own batch and lock, and nothing of ours: what the engine is held against.
/// </summary>
internal sealed class PlainLoop : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly LLamaBatch _batch = new();
    private readonly HashSet<int> _endTokens;

    public PlainLoop(string path, int contextLength = 4096, int sequences = 16, bool unified = false)
    {
        // Several spin while they wait for each other, for minutes where another program has a core of theirs.
        const int Threads = 1;
        ModelParams parameters = new(path)
        {
            ContextSize = (uint)(contextLength * sequences),
            SeqMax = (uint)sequences,
            KVUnified = unified,
            GpuLayerCount = 0,
            Threads = Threads,
            BatchThreads = Threads,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
        _endTokens = [.. Enumerable.Range(0, _weights.Vocab.Count).Where(i => ((LLamaToken)i).IsEndOfGeneration(_weights.Vocab))];
    }

    /// <summary>Leave the tokens that end an answer out of the choice.</summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>The two best tokens at a position, how far their logits are apart, and how far the text's own token is behind.</summary>
    public readonly record struct Position(int Best, int Second, float Margin, float Behind);

    /// <summary>
    /// What the model would say in place of each of the last <paramref name="answerLength"/> tokens of the text, given the
    /// text before it (teacher-forced): the prompt in chunks, then token by token.
    /// </summary>
    public List<Position> Replay(ReadOnlySpan<int> text, int answerLength)
    {
        int promptLength = text.Length - answerLength;
        _context.NativeHandle.MemoryClear();
        List<Position> positions = [];
        for (int from = 0; from < promptLength; from += 512)
            FeedChunk(text[from..Math.Min(promptLength, from + 512)], from, onlyLast: true);
        positions.Add(Look(_batch.TokenCount - 1, text[promptLength]));
        for (int i = promptLength; i < text.Length - 1; i++)
        {
            FeedChunk(text.Slice(i, 1), i);
            positions.Add(Look(0, text[i + 1]));
        }

        return positions;
    }

    /// <summary>Every position of a text, decoded alone and token by token.</summary>
    public Position[] Read(ReadOnlySpan<int> text)
    {
        _context.NativeHandle.MemoryClear();
        Position[] positions = new Position[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            FeedChunk(text.Slice(i, 1), i);
            positions[i] = Look(0);
        }

        return positions;
    }

    /// <summary>
    /// How much llama.cpp's own rounding moves the margins from what they are <paramref name="alone"/>: the first texts
    /// evaluated as prompts in chunks, all of them decoded at once, and the first with their cells out of order.
    /// </summary>
    public float MeasureRounding(int[][] texts, Position[][] alone)
    {
        float largest = 0;
        int length = alone[0].Length;
        foreach (int chunk in new[] { 8, 128 })
        {
            for (int i = 0; i < alone.Length; i++)
            {
                _context.NativeHandle.MemoryClear();
                for (int from = 0; from < length; from += chunk)
                {
                    int count = Math.Min(chunk, length - from);
                    FeedChunk(texts[i].AsSpan(from, count), from);
                    for (int j = 0; j < count; j++)
                        largest = Math.Max(largest, Moved(alone[i][from + j], j));
                }
            }
        }

        _context.NativeHandle.MemoryClear();
        for (int position = 0; position < length; position++)
        {
            _batch.Clear();
            for (int sequence = 0; sequence < texts.Length; sequence++)
                _batch.Add(texts[sequence][position], position, (LLamaSeqId)sequence, logits: true);
            Decode();
            for (int i = 0; i < alone.Length; i++)
                largest = Math.Max(largest, Moved(alone[i][position], i));
        }

        for (int i = 0; i < alone.Length; i++)
            largest = Math.Max(largest, MeasureOutOfOrder(texts[i].AsSpan(0, length), alone[i]));
        return largest;
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    /// <summary>
    /// In a unified cache the second half of the text gets cells in front of the first, those of a sequence that has gone:
    /// attention then adds up in another order.
    /// </summary>
    private float MeasureOutOfOrder(ReadOnlySpan<int> text, Position[] alone)
    {
        float largest = 0;
        int half = text.Length / 2;
        _context.NativeHandle.MemoryClear();
        FeedChunk(text[half..], 0, sequence: 1);
        FeedChunk(text[..half], 0);
        _context.NativeHandle.MemorySequenceRemove((LLamaSeqId)1, -1, -1);
        for (int i = half; i < text.Length; i++)
        {
            FeedChunk(text.Slice(i, 1), i);
            largest = Math.Max(largest, Moved(alone[i], 0));
        }

        return largest;
    }

    private void FeedChunk(ReadOnlySpan<int> tokens, int start, int sequence = 0, bool onlyLast = false)
    {
        _batch.Clear();
        for (int i = 0; i < tokens.Length; i++)
            _batch.Add(tokens[i], start + i, (LLamaSeqId)sequence, logits: !onlyLast || i == tokens.Length - 1);
        Decode();
    }

    private float Moved(Position before, int index)
    {
        Span<float> logits = _context.NativeHandle.GetLogitsIth(index);
        return Math.Abs(logits[before.Best] - logits[before.Second] - before.Margin);
    }

    private Position Look(int index, int token = -1)
    {
        Span<float> logits = _context.NativeHandle.GetLogitsIth(index);
        int best = -1;
        int second = -1;
        for (int i = 0; i < logits.Length; i++)
        {
            if (IgnoreEnd && _endTokens.Contains(i))
                continue;
            if (best < 0 || logits[i] > logits[best])
                (second, best) = (best, i);
            else if (second < 0 || logits[i] > logits[second])
                second = i;
        }

        return new Position(best, second, logits[best] - logits[second], token < 0 ? 0 : logits[best] - logits[token]);
    }

    private void Decode()
    {
        if (_context.Decode(_batch) != DecodeResult.Ok)
            throw new InvalidOperationException("llama_decode failed");
    }
}
