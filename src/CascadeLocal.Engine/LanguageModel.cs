using System.Globalization;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine;

/// <summary>One GGUF model, loaded and served with continuous batching. Thread-safe.</summary>
public sealed class LanguageModel : IDisposable
{
    private readonly SafeLlamaModelHandle _weights;
    private readonly Vocabulary _vocabulary;
    private readonly ChatPrompt _prompt;
    private readonly IKvCache _kv;
    private readonly Scheduler _scheduler;
    private readonly DecodeThread _thread;

    private LanguageModel(ModelOptions options, LoadedModel model, ILogger logger)
    {
        _weights = model.Weights;
        _vocabulary = LlamaVocabulary.Read(_weights);
        Info = Describe(options, model, _vocabulary.Count);
        _prompt = new ChatPrompt(new LlamaTokenizer(_weights), LLamaSharpChatTemplate.Of(_weights, Info.Name));
        _kv = CreateKvCache(options, model);
        _scheduler = new Scheduler(model.Context, _kv, _vocabulary, new SchedulerOptions
        {
            Parallel = options.Parallel,
            PrefillBudget = model.PrefillBudget,
            PrefixCache = options.PrefixCache,
            MaxIdleCells = Math.Max(model.Kv.ContextLength, model.Kv.Cells / 4),
        });
        _thread = new DecodeThread(Info.Name, _scheduler, model.Context, options.MaxQueue, logger);
        logger.LogInformation(
            "{Name}: {Architecture}, {Parameters:N0} parameters, {Quantization}, {Parallel} x {Context} tokens ({KvMiB:N0} MiB, {Layout}), {Device}, {Threads} threads",
            Info.Name, Info.Architecture, Info.ParameterCount, Info.Quantization, Info.Parallel, Info.ContextLength,
            Info.KvBytes >> 20, Info.KvLayout, Info.Device, Info.Threads);
    }

    /// <summary>What was loaded, and how.</summary>
    public ModelInfo Info { get; }

    /// <summary>What it is doing now.</summary>
    public EngineStatus Status => new()
    {
        Waiting = _thread.Waiting,
        Running = _thread.Running,
        KvCellsUsed = _scheduler.Counters.CellsUsed,
        KvCells = _kv.Cells,
        Steps = _scheduler.Counters.Steps,
        PeakDecodeBatch = _scheduler.Counters.PeakDecodeBatch,
        PrefillTokens = _scheduler.Counters.PrefillTokens,
        CachedTokens = _scheduler.Counters.CachedTokens,
        OutputTokens = _scheduler.Counters.OutputTokens,
        Preemptions = _scheduler.Counters.Preemptions,
        DraftTokensVerified = _scheduler.Counters.DraftTokensVerified,
        DraftTokensReused = _scheduler.Counters.DraftTokensReused,
    };

    /// <summary>For tests: what decides, and the thread it runs on.</summary>
    internal (Scheduler Scheduler, DecodeThread Thread) Inside => (_scheduler, _thread);

    /// <summary>Validates the file in managed code, loads it and starts its decode thread.</summary>
    /// <exception cref="ModelLoadException">The file cannot be served; the process is well.</exception>
    public static Task<LanguageModel> LoadAsync(
        ModelOptions options, ILogger logger, CancellationToken cancellationToken = default) =>
        Task.Run(() => new LanguageModel(options, ModelLoader.Load(options, logger), logger), cancellationToken);

    /// <summary>
    /// The prompt tokens of a conversation, by the model's own template. Only what the template itself writes is read
    /// as control tokens; the messages' text never is.
    /// </summary>
    /// <exception cref="ChatTemplateException">The model has no template that is understood, or it refuses.</exception>
    public int[] TokenizeChat(IReadOnlyList<ChatMessage> messages) =>
        _prompt.Tokenize(messages);

    /// <summary>The tokens of plain text; control markers in it are ordinary text. BOS comes first where the model wants it.</summary>
    public int[] Tokenize(string text) => _prompt.Tokenize(text);

    /// <summary>Queues a request. Its tokens are read from the result.</summary>
    /// <exception cref="ArgumentException">An empty prompt, a token outside the vocabulary or a setting out of its range.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and answer do not fit into the context.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already.</exception>
    /// <exception cref="EngineException">The model is being unloaded.</exception>
    public Generation Generate(GenerationRequest request)
    {
        Sequence sequence = Prepare(request);
        _thread.Submit(sequence);
        return new Generation(sequence);
    }

    /// <summary>Ends what runs with an <see cref="EngineException"/>, then frees the model.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _weights.Dispose();
    }

    /// <summary>A valid request as the scheduler takes it.</summary>
    internal Sequence Prepare(GenerationRequest request)
    {
        ReadOnlySpan<int> prompt = request.Prompt.Span;
        if (prompt.IsEmpty)
            throw new ArgumentException("The prompt has no tokens.", nameof(request));
        int room = Info.ContextLength - prompt.Length;
        int maxTokens = request.MaxTokens ?? Math.Max(1, room);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1, nameof(request));
        if (maxTokens > room)
            throw new ContextLengthExceededException(prompt.Length, maxTokens, Info.ContextLength);

        TokenSampler sampler = new(
            request.Sampling, _vocabulary.Count, prompt, request.IgnoreEndOfSequence ? _vocabulary.EndTokens : []);
        Sequence sequence = new(
            prompt, maxTokens, sampler, new AnswerText(new StopStrings(request.Stop)), request.CacheSalt);
        ReadOnlySpan<int> draft = request.Draft.Span;
        if (!draft.IsEmpty)
            sequence.Propose(draft, _vocabulary.LengthBeforeEnd(draft));
        return sequence;
    }

    private static IKvCache CreateKvCache(ModelOptions options, LoadedModel model) => model.Kv.Layout == KvLayout.Unified
        ? new UnifiedKvCache(model.Context, options.Parallel, model.Kv.ContextLength, model.Kv.Cells)
        : new StreamKvCache(model.Context, options.Parallel, model.Kv.ContextLength);

    private static ModelInfo Describe(ModelOptions options, LoadedModel model, int vocabularySize) => new()
    {
        Path = options.Path,
        Name = model.Metadata.Name,
        Architecture = model.Metadata.Architecture,
        ParameterCount = model.Metadata.ParameterCount,
        Quantization = model.Metadata.Quantization,
        FileBytes = model.FileBytes,
        ContextLength = model.Kv.ContextLength,
        TrainedContextLength = model.Metadata.ContextLength,
        VocabularySize = vocabularySize,
        VocabularyFingerprint = VocabularyFingerprint.Of(model.Weights),
        Parallel = options.Parallel,
        Threads = model.Threads,
        Device = model.Backend.IsGpu
            ? string.Create(CultureInfo.InvariantCulture, $"{model.Backend.Name} ({model.GpuLayers} layers)")
            : model.Backend.Name,
        KvLayout = model.Kv.Layout,
        KvBytes = model.Kv.Bytes,
        Sampling = model.Metadata.Sampling,
    };
}
