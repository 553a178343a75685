using System.Numerics.Tensors;
using System.Text;

using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;

using LLama;
using LLama.Common;
using LLama.Native;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>
/// A GGUF file run by llama.cpp, one sequence at a time, on the calling thread. With full precision the key-value cache
/// is 32-bit, to compare logits; otherwise it is llama.cpp's own default.
/// </summary>
internal sealed unsafe class LlamaCppModel : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private LLamaNativeBatch _batch;

    /// <summary>Loads a file.</summary>
    public LlamaCppModel(string path, bool fullPrecision = false)
    {
        LlamaCppLibrary.Prepare();
        ModelParams parameters = new(path)
        {
            ContextSize = ModelShape.ContextLength,
            BatchSize = ModelShape.ContextLength,
            UBatchSize = ModelShape.ContextLength,
            Threads = 1,
            BatchThreads = 1,
            GpuLayerCount = 0,
            FlashAttention = false,
            TypeK = fullPrecision ? GGMLType.GGML_TYPE_F32 : null,
            TypeV = fullPrecision ? GGMLType.GGML_TYPE_F32 : null,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
        if (_context.NativeHandle.IsInvalid)
            throw new InvalidOperationException($"llama.cpp made no context for {path}");
        _batch = NativeApi.llama_batch_init(ModelShape.ContextLength, embd: 0, n_seq_max: 1);
    }

    /// <summary>Metadata of the file, arrays left out.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    /// <summary>Tokens of a text whose control tokens are parsed.</summary>
    public int[] Tokenize(string text, bool parseControl = true) =>
        [.. _weights.Tokenize(text, add_bos: false, parseControl, Encoding.UTF8).Select(t => (int)t)];

    /// <summary>The prompt that the file's own template makes of a conversation.</summary>
    public string Render(IEnumerable<ChatTurn> turns)
    {
        LLamaTemplate template = new(_weights) { AddAssistant = true };
        foreach (ChatTurn turn in turns)
            template.Add(turn.Role, turn.Content);
        return Encoding.UTF8.GetString(template.Apply());
    }

    /// <summary>Logits behind every token of a sequence.</summary>
    public float[][] Logits(IReadOnlyList<int> tokens)
    {
        Prefill(tokens, everyLogit: true);
        return [.. Enumerable.Range(0, tokens.Count).Select(i => _context.NativeHandle.GetLogitsIth(i).ToArray())];
    }

    /// <summary>Continues a prompt greedily.</summary>
    /// <param name="prompt">Its tokens.</param>
    /// <param name="maxTokens">Where to stop at the latest.</param>
    /// <returns>The text up to the end of the turn.</returns>
    public string Generate(IReadOnlyList<int> prompt, int maxTokens)
    {
        StreamingTokenDecoder decoder = new(_context);
        Prefill(prompt, everyLogit: false);
        int limit = Math.Min(maxTokens, ModelShape.ContextLength - prompt.Count);
        for (int produced = 0; produced < limit; produced++)
        {
            LLamaToken next = TensorPrimitives.IndexOfMax<float>(_context.NativeHandle.GetLogitsIth(_batch.n_tokens - 1));
            if (next.IsEndOfGeneration(_weights.Vocab))
                break;
            decoder.Add(next);
            _batch.n_tokens = 0;
            Add(next, prompt.Count + produced, hasLogits: true);
            Decode();
        }

        return decoder.Read();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeApi.llama_batch_free(_batch);
        _context.Dispose();
        _weights.Dispose();
    }

    private void Prefill(IReadOnlyList<int> tokens, bool everyLogit)
    {
        if (tokens.Count is 0 or > ModelShape.ContextLength)
            throw new ArgumentException($"{tokens.Count} tokens do not fit into the context", nameof(tokens));
        _context.NativeHandle.MemoryClear();
        _batch.n_tokens = 0;
        for (int i = 0; i < tokens.Count; i++)
            Add(tokens[i], i, hasLogits: everyLogit || i == tokens.Count - 1);
        Decode();
    }

    private void Add(LLamaToken token, int position, bool hasLogits)
    {
        int index = _batch.n_tokens++;
        _batch.tokens[index] = token;
        _batch.pos[index] = position;
        _batch.n_seq_id[index] = 1;
        *_batch.seq_id[index] = LLamaSeqId.Zero;
        _batch.logits[index] = hasLogits ? (byte)1 : (byte)0;
    }

    private void Decode()
    {
        int result = LlamaCppLibrary.Decode(_context.NativeHandle.DangerousGetHandle(), _batch);
        GC.KeepAlive(_context);
        if (result != 0)
            throw new InvalidOperationException($"llama_decode: {result}");
    }
}
