using System.Collections.Concurrent;
using System.Numerics.Tensors;

using TorchSharp;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// A BERT-family encoder on a thread of its own. Whatever is queued when the thread is free is embedded together, so
/// concurrent requests share batches and a lone one never waits for company. Texts are tokenised by who asks.
/// </summary>
public sealed class TextEmbedder : IEmbedder
{
    /// <summary>Requests taken from the queue at once; within them, texts of equal length are batched.</summary>
    private const int MaximumTaken = 256;

    private readonly BlockingCollection<EmbeddingRequest> _queue = [];
    private readonly QueryTokenizer _tokenizer;
    private readonly Thread _thread;
    private bool _isDisposed;

    private TextEmbedder(EncoderFolder folder, EmbedderOptions options)
    {
        _tokenizer = new(folder.Vocabulary, folder.FoldsCase, folder.MaximumPieces, options.LongText);
        Name = options.Name;
        Dimensions = folder.Shape.Hidden;
        MaximumTokens = folder.MaximumPieces;
        VocabularySize = folder.Vocabulary.Count;
        Fingerprint = folder.Fingerprint(options.LongText);
        TaskCompletionSource loaded = new();
        _thread = new(() => Run(folder, options, loaded)) { IsBackground = true, Name = "embedder" };
        _thread.Start();
        loaded.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <inheritdoc/>
    public int MaximumTokens { get; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <summary>Loads the encoder that the options name; the default one is converted on first use.</summary>
    /// <exception cref="EmbeddingException">It cannot be loaded; the message says why.</exception>
    public static TextEmbedder Load(EmbedderOptions options) =>
        new(new EncoderFolder(options.Folder ?? MiniLmCache.Ensure(MiniLmCache.DefaultRoot)), options);

    /// <summary>Whether an encoder's folder can be used, as far as its settings and vocabulary say.</summary>
    /// <exception cref="EmbeddingException">It cannot; the message says why.</exception>
    public static void CheckFolder(string path) => _ = new EncoderFolder(path);

    /// <inheritdoc/>
    public int CountTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _tokenizer.Count(text);
    }

    /// <inheritdoc/>
    public Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<float[]>(cancellationToken)
            : Queue(_tokenizer.Encode(text), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<float[]> EmbedAsync(int[] tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length == 0 || tokens.Length > MaximumTokens)
            throw new ArgumentException($"There may be 1 to {MaximumTokens} tokens, not {tokens.Length}.", nameof(tokens));
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)VocabularySize)
                throw new ArgumentException($"The token {token} is none of the {VocabularySize}.", nameof(tokens));
        }

        return Queue(tokens, cancellationToken);
    }

    /// <summary>Embeds what is queued, then frees the encoder.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private Task<float[]> Queue(int[] pieces, CancellationToken cancellationToken)
    {
        EmbeddingRequest request = new(pieces, cancellationToken);
        try
        {
            _queue.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(TextEmbedder));
        }

        return request.Vector;
    }

    private void Run(EncoderFolder folder, EmbedderOptions options, TaskCompletionSource loaded)
    {
        IEncoder encoder;
        try
        {
            encoder = CreateEncoder(folder, options);
        }
        catch (Exception error)
        {
            loaded.SetException(error as EmbeddingException
                ?? new EmbeddingException($"{folder.WeightsFile}: {error.Message}", error));
            return;
        }

        loaded.SetResult();
        using (encoder)
        {
            while (_queue.TryTake(out EmbeddingRequest? first, Timeout.Infinite))
            {
                foreach (IReadOnlyList<EmbeddingRequest> batch in LengthBatches.Plan(TakeQueued(first)))
                    Embed(encoder, batch);
            }
        }
    }

    private static IEncoder CreateEncoder(EncoderFolder folder, EmbedderOptions options)
    {
        string? missing = options.Device == "cpu" ? FixedPointLibrary.WhyUnavailable : "they need the device cpu";
        switch (options.Precision)
        {
            case EncoderPrecision.FixedPoint when missing is not null:
                throw new EmbeddingException($"fixed-point products cannot be had: {missing}");
            case EncoderPrecision.FixedPoint:
            case EncoderPrecision.Automatic when missing is null:
                return new FixedPointEncoder(folder);
            default:
                torch.set_num_threads(1);  // the rest of the machine decodes
                return new BertEncoder(
                    folder,
                    options.Precision == EncoderPrecision.BFloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32,
                    DeviceOf(options.Device));
        }
    }

    /// <summary>A request and all others that are queued, without those that nobody waits for any more.</summary>
    private List<EmbeddingRequest> TakeQueued(EmbeddingRequest? request)
    {
        List<EmbeddingRequest> requests = [];
        for (; request is not null; _queue.TryTake(out request))
        {
            if (request.IsCancelled)
                request.Cancel();
            else
                requests.Add(request);
            if (requests.Count == MaximumTaken)
                break;
        }

        return requests;
    }

    private static void Embed(IEncoder encoder, IReadOnlyList<EmbeddingRequest> batch)
    {
        try
        {
            float[] pooled = encoder.Pool([.. batch.Select(request => request.Pieces)]);
            int dimensions = pooled.Length / batch.Count;
            for (int i = 0; i < batch.Count; i++)
            {
                float[] vector = pooled[(i * dimensions)..((i + 1) * dimensions)];
                TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
                batch[i].Complete(vector);
            }
        }
        catch (Exception error)
        {
            foreach (EmbeddingRequest request in batch)
                request.Fail(new EmbeddingException($"the encoder failed: {error.Message}", error));
        }
    }

    private static torch.Device DeviceOf(string name)
    {
        if (name == "cpu")
            return torch.CPU;
        string[] parts = name.Split(':');
        int index = 0;
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out index)))
            throw new EmbeddingException($"device '{name}': it is cpu, cuda or cuda:N");
        if (!torch.cuda.is_available() || index < 0 || index >= torch.cuda.device_count())
            throw new EmbeddingException($"device '{name}' is not there; this build sees {torch.cuda.device_count()} CUDA devices");
        return torch.device(DeviceType.CUDA, index);
    }
}

/// <summary>A text that waits to be embedded.</summary>
/// <param name="pieces">Its word pieces.</param>
/// <param name="cancellationToken">Whether anyone still wants it.</param>
internal sealed class EmbeddingRequest(int[] pieces, CancellationToken cancellationToken)
{
    // What awaits the vector must not run on the encoder's thread.
    private readonly TaskCompletionSource<float[]> _vector = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int[] Pieces => pieces;

    public Task<float[]> Vector => _vector.Task;

    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    public void Complete(float[] vector) => _vector.TrySetResult(vector);

    public void Fail(Exception error) => _vector.TrySetException(error);

    public void Cancel() => _vector.TrySetCanceled(cancellationToken);
}
