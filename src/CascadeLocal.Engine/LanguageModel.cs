using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Dialects;
using CascadeLocal.Engine.Forms;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine;

/// <summary>One GGUF model, loaded and served with continuous batching. Thread-safe.</summary>
public sealed class LanguageModel : IMember
{
    private readonly SamplingOptions _sampling;
    private readonly SafeLlamaModelHandle _weights;
    private readonly Vocabulary _vocabulary;
    private readonly AnswerForms _forms;
    private readonly ModelTemplates _templates;
    private readonly ChatPrompt _prompt;
    private readonly IKvCache _kv;
    private readonly SafeLlamaModelHandle? _drafterWeights;
    private readonly DraftCost? _draftCost;
    private readonly ModelPrefixes? _prefixes;
    private readonly Scheduler _scheduler;
    private readonly DecodeThread _thread;

    private LanguageModel(ModelOptions options, LoadedModel model, ILogger logger)
    {
        _sampling = options.Sampling;
        _weights = model.Weights;
        (Dialect dialect, bool reasons) = AnswerForms.DialectOf(model.ChatTemplates);
        ModelTokenizer tokenizer = CreateTokenizer(options, model);
        _vocabulary = LlamaVocabulary.Read(_weights, dialect.Markers, tokenizer.ControlTokens);
        _forms = new AnswerForms(dialect, reasons, _vocabulary);
        Info = Describe(options, model, _vocabulary.Count);
        _templates = new(options.Name ?? Info.Name, model.ChatTemplates, LlamaVocabulary.SpecialTokens(_weights));
        if (_templates.Problem is { } problem)
            logger.LogWarning("{Problem} The cascade passes it over.", problem);
        Capabilities = new()
        {
            Model = Info.Name,
            ContextLength = Info.ContextLength,
            Parallel = Info.Parallel,
            ParameterCount = Info.ParameterCount,
            VocabularySize = Info.VocabularySize,
            VocabularyFingerprint = Info.VocabularyFingerprint,
            VerifiesDrafts = model.Context.CanCut,
            Sampling = options.Sampling.Over(Info.Sampling),
            ChatProblem = _templates.Problem,
        };
        _prompt = new ChatPrompt(tokenizer, _templates);
        _kv = CreateKvCache(model);
        _prefixes = CreatePrefixes(options, model, _kv, logger);
        (Drafter? drafter, _draftCost) = DrafterFactory.Create(options, model, _vocabulary, logger);
        _drafterWeights = model.Drafter?.Weights;
        _scheduler = new Scheduler(model.Context, _kv, _vocabulary, new SchedulerOptions
        {
            Parallel = model.Kv.Sequences,
            PrefillBudget = model.PrefillBudget,
            PrefillSlowdown = options.PrefillSlowdown,
            PrefixCache = options.PrefixCache,
            MaxIdleCells = Math.Max(model.Kv.ContextLength, model.Kv.Cells / 4),
            Stored = _prefixes,
            Drafter = drafter,
        });
        _thread = new DecodeThread(Info.Name, _scheduler, model.Context, options.MaxQueue, logger);
        logger.LogInformation(
            "{Name}: {Architecture}, {Parameters:N0} parameters, {Quantization}, {Parallel} x {Context} tokens ({KvMiB:N0} MiB, {Layout}), {Device}, {Threads} threads",
            Info.Name, Info.Architecture, Info.ParameterCount, Info.Quantization, Info.Parallel, Info.ContextLength,
            Info.KvBytes >> 20, Info.KvLayout, Info.Device, Info.Threads);
    }

    /// <summary>What was loaded, and how.</summary>
    public ModelInfo Info { get; }

    /// <inheritdoc/>
    public MemberCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public MemberLoad Load => new(_thread.Waiting, _thread.Running);

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
        AheadTokensVerified = _scheduler.Counters.AheadTokensVerified,
        AheadTokensTaken = _scheduler.Counters.AheadTokensTaken,
        StoredPrefixes = _prefixes?.Status ?? new(),
    };

    /// <summary>For tests: what decides, and the thread it runs on.</summary>
    internal (Scheduler Scheduler, DecodeThread Thread, Vocabulary Vocabulary) Inside => (_scheduler, _thread, _vocabulary);

    /// <summary>What a token drafted ahead takes, or would; null without a drafter, and where it could not be measured.</summary>
    internal DraftCost? DraftCost => _draftCost;

    /// <summary>Validates the file in managed code, loads it and starts its decode thread.</summary>
    /// <param name="options">The file, and how it is served.</param>
    /// <param name="logger">Told what was loaded.</param>
    /// <param name="cancellationToken">Ends the loading at the next tensor; nothing of it is left.</param>
    /// <exception cref="ModelLoadException">The file cannot be served; the process is well.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<LanguageModel> LoadAsync(
        ModelOptions options, ILogger logger, CancellationToken cancellationToken = default) =>
        LoadAsync(options, logger, null, cancellationToken);

    /// <summary>As the other; <paramref name="onProgress"/> sees how much of the weights has been read, 0 to 1.</summary>
    internal static Task<LanguageModel> LoadAsync(
        ModelOptions options, ILogger logger, Action<float>? onProgress, CancellationToken cancellationToken) =>
        Task.Run(() => LoadWhole(options, logger, onProgress, cancellationToken), cancellationToken);

    /// <summary>
    /// The prompt tokens of a conversation, by the model's own template. Only what the template itself writes is read
    /// as control tokens; the messages' text never is.
    /// </summary>
    /// <exception cref="ChatTemplateException">The model has no template that can be used, or it refuses.</exception>
    public int[] TokenizeChat(IReadOnlyList<ChatMessage> messages) =>
        _prompt.Tokenize(new GenerationRequest { Messages = messages }, TokenLimit.None);

    /// <summary>The tokens of a request's conversation and functions, and the text that the model's template makes of them. A large one waits for its turn.</summary>
    /// <exception cref="ChatTemplateException">The model has no template that can be used, or it refuses.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<(int[] Tokens, string Text)> TokenizeChatAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        using PromptPlace place = await PromptGate.Shared.EnterAsync(PromptGate.SizeOf(request), cancellationToken);
        if (request.ToolChoice.Kind == ToolChoiceKind.None)
            request = request with { Tools = [] };
        return (_prompt.Tokenize(request, new TokenLimit(int.MaxValue, cancellationToken), out string text), text);
    }

    /// <summary>The tokens of plain text; control markers in it are ordinary text. BOS comes first where the model wants it.</summary>
    public int[] Tokenize(string text) => _prompt.Tokenize(text, TokenLimit.None);

    /// <summary>The tokens of plain text. A large one waits for its turn.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addsBeginning">Whether BOS comes first, where the model wants it.</param>
    /// <param name="readsControl">Whether texts of control tokens are these tokens; else they are ordinary text.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<int[]> TokenizeAsync(string text, bool addsBeginning, bool readsControl, CancellationToken cancellationToken)
    {
        using PromptPlace place = await PromptGate.Shared.EnterAsync(text.Length, cancellationToken);
        return _prompt.Tokenize(text, new TokenLimit(int.MaxValue, cancellationToken), addsBeginning, readsControl);
    }

    /// <summary>The text of tokens, that of control tokens included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is outside the vocabulary.</exception>
    public string Detokenize(ReadOnlySpan<int> tokens)
    {
        ArrayBufferWriter<byte> bytes = new(Math.Max(16, 4 * tokens.Length));
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(tokens));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, _vocabulary.Count, nameof(tokens));
            if (_vocabulary.ControlText(token) is { } control)
                bytes.Write(Encoding.UTF8.GetBytes(control));
            else
                bytes.Write(_vocabulary.Piece(token));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A token's text, or its bytes where they are no text; that of a control token, too.</summary>
    public TokenCandidate Describe(int token) => _vocabulary.Candidate(token, 0);

    /// <inheritdoc/>
    public async ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using PromptPlace place = await PromptGate.Shared.EnterAsync(PromptGate.SizeOf(request), cancellationToken);
        return Submit(Prepare(request, observer, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask CheckAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using PromptPlace place = await PromptGate.Shared.EnterAsync(PromptGate.SizeOf(request), cancellationToken);
        _ = Prepare(request, observer: null, cancellationToken);
    }

    /// <summary>As <see cref="StartAsync"/>, without waiting even where the prompt is large, for who does not change their mind.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="MemberException">The request is not taken.</exception>
    public Generation Start(GenerationRequest request, IAnswerObserver? observer = null) =>
        Submit(Prepare(request, observer, CancellationToken.None));

    /// <summary>Ends what runs with an <see cref="EngineException"/>, then frees the model.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _prefixes?.Dispose();
        _drafterWeights?.Dispose();
        _weights.Dispose();
    }

    /// <summary>A valid request as the scheduler takes it.</summary>
    internal Sequence Prepare(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        if (request.Choices != 1)
            throw new RequestRefusedException("A member gives one answer at a time.");
        if (request.ToolChoice.Kind == ToolChoiceKind.None)
            request = request with { Tools = [] };
        InvalidTokensException.ThrowIfUnknown(request.LogitBias.Keys, _vocabulary.Count, InvalidTokensException.LogitBias);
        InvalidTokensException.ThrowIfUnknown(request.StopTokens, _vocabulary.Count, InvalidTokensException.StopTokens);
        InvalidTokensException.ThrowIfUnknown(MemoryMarshal.ToEnumerable(request.Prompt), _vocabulary.Count, InvalidTokensException.Prompt);
        int[] banned = request.IgnoreEndOfSequence ? _vocabulary.EndTokens : [];
        if (LogitEdits.BanAll(request.LogitBias, banned, _vocabulary.Count))
            throw new InvalidTokensException(InvalidTokensException.LogitBias, "'logit_bias' bans every token.");

        string? rendered = null;
        ReadOnlySpan<int> prompt = request.Messages.Count > 0 || request.PromptText is not null
            ? PromptOf(request, out rendered, cancellationToken)
            : request.Prompt.Span;
        if (prompt.IsEmpty && rendered is not null)
            throw new ChatTemplateException("The chat template makes nothing of this conversation: the prompt would have no tokens.");
        if (prompt.IsEmpty)
            throw new InvalidTokensException(InvalidTokensException.Prompt, "The prompt has no tokens.");
        if (prompt.Length >= Info.ContextLength)
            throw new ContextLengthExceededException(prompt.Length, Info.ContextLength);
        int maxTokens = Math.Min(request.MaxTokens ?? int.MaxValue, Info.ContextLength - prompt.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1, nameof(request));
        AnswerForm form = _forms.FormOf(request, rendered, cancellationToken);
        SamplingParameters sampling = SamplingParameters.Of(request, _sampling, Info.Sampling);
        TokenSampler sampler = new(sampling, _vocabulary.Count, prompt, banned)
        {
            TopCandidates = request.TopCandidates,
            Filter = form.Filter,
        };
        // A form says itself where an answer may end.
        if (sampler.Filter is null)
            sampler.BanUntil(request.MinTokens, [.. _vocabulary.EndTokens, .. request.StopTokens]);
        else if (request.IgnoreEndOfSequence)
            throw new RequestRefusedException("'ignore_eos' and a form of the answer cannot be had together: the form has an end.", "ignore_eos");
        Sequence sequence = new(
            prompt, maxTokens, sampler, new AnswerText(new StopStrings(request.Stop)), request.PrefixSalt)
        {
            Client = request.CacheSalt,
            Priority = request.Priority,
            CachedAtMost = request.CachedAtMost ?? int.MaxValue,
            StopTokens = request.StopTokens,
            Markup = form.Markup,
            Observer = observer,
            Ahead = _scheduler.DraftsAhead && _draftCost is { } cost ? new DraftAhead(cost) : null,
        };
        ReadOnlySpan<int> draft = DraftOf(request, maxTokens);
        if (!draft.IsEmpty)
            sequence.Propose(draft, _vocabulary.LengthBeforeEnd(draft));
        return sequence;
    }

    private Generation Submit(Sequence sequence)
    {
        _thread.Submit(sequence);
        return new Generation(sequence);
    }

    // What is longer than the answer can be is of no use.
    private ReadOnlySpan<int> DraftOf(GenerationRequest request, int maxTokens)
    {
        if (request.Draft.Length > 0 || request.Prediction is not { Length: > 0 } text || !Capabilities.VerifiesDrafts)
            return request.Draft.Span;
        return _prompt.TokenizeContinuation(text, maxTokens);
    }

    /// <summary>
    /// The prompt of a conversation or text, and what the template has written of a conversation. One that no context holds is not
    /// tokenised to its end.
    /// </summary>
    private int[] PromptOf(GenerationRequest request, out string? rendered, CancellationToken cancellationToken)
    {
        TokenLimit limit = new(Info.ContextLength - 1, cancellationToken);
        rendered = null;
        try
        {
            if (request.PromptText is { } text)
                return _prompt.Tokenize(text, limit, request.AddsBeginning, request.ReadsControlTokens);
            return _prompt.Tokenize(request, limit, out rendered);
        }
        catch (TooManyTokensException error)
        {
            throw new ContextLengthExceededException(error.AtLeast, Info.ContextLength, isAtLeast: true);
        }
    }

    private static ModelTokenizer CreateTokenizer(ModelOptions options, LoadedModel model)
    {
        try
        {
            return new(model.Weights, model.Tokenizer);
        }
        catch (TokenizerException error)
        {
            throw new ModelLoadException(options.Path, "tokenizer", error.Message, error);
        }
    }

    private static LanguageModel LoadWhole(ModelOptions options, ILogger logger, Action<float>? onProgress, CancellationToken cancellationToken)
    {
        LoadedModel model = ModelLoader.Load(options, logger, progress =>
        {
            onProgress?.Invoke(progress);
            return !cancellationToken.IsCancellationRequested;
        });
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new LanguageModel(options, model, logger);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static IKvCache CreateKvCache(LoadedModel model) => model.Kv.Layout == KvLayout.Unified
        ? new UnifiedKvCache(model.Context, model.Kv.Sequences, model.Kv.ContextLength, model.Kv.Cells)
        : new StreamKvCache(model.Context, model.Kv.Sequences, model.Kv.ContextLength);

    /// <summary>The model's part of the store of prefixes; null where it has none. What a restored token saves is measured.</summary>
    private static ModelPrefixes? CreatePrefixes(ModelOptions options, LoadedModel model, IKvCache kv, ILogger logger)
    {
        if (!options.PrefixCache || options.PrefixStore is not { } store)
            return null;
        if (DecodeThread.Measure(() => RestoreCost.Measure(model.Context, Math.Min(model.PrefillBudget, model.Kv.ContextLength))) is not { } cost)
        {
            logger.LogWarning("{Name}: the state of a sequence cannot be saved; prefixes that lose their sequence are forgotten", model.Metadata.Name);
            return null;
        }

        logger.LogInformation(
            "{Name}: a prompt token takes {Token:0.000} ms, copying a state {Copy:0.000} ms/MB", model.Metadata.Name, 1e3 * cost.SecondsPerToken,
            1e9 * cost.SecondsPerByte);
        ModelPrefixes prefixes = new(store, kv, cost, options.Fingerprint is { } fingerprint ? ServedAs(options, model, fingerprint) : null);
        prefixes.ReadFolder(model.Kv.ContextLength);
        return prefixes;
    }

    // What a saved state depends on.
    private static string ServedAs(ModelOptions options, LoadedModel model, string fingerprint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{fingerprint} {options.KvType} {model.Kv.Layout} {options.FlashAttention} {model.GpuLayers} {model.Backend.Name} {new FileInfo(model.Backend.LibraryPath).Length}");

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
        Parallel = model.Kv.Sequences,
        Threads = model.Threads,
        ThreadsBatch = model.ThreadsBatch,
        PrefillBudget = model.PrefillBudget,
        FlashAttention = options.FlashAttention,
        Device = model.Backend.IsGpu
            ? string.Create(CultureInfo.InvariantCulture, $"{model.Backend.Name} ({model.GpuLayers} layers)")
            : model.Backend.Name,
        KvLayout = model.Kv.Layout,
        KvType = options.KvType,
        KvBytes = model.Kv.Bytes,
        Drafter = model.Drafter?.Metadata.Name ?? (options.Drafting is null ? null : DraftingOptions.LookupName),
        Lora = options.Lora,
        Sampling = model.Metadata.Sampling,
    };
}
