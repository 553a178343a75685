using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Text;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine;

/// <summary>
/// Whether a model would be served, and how, told without reading its weights: its files are checked, llama.cpp lays out all of its
/// tensors without memory behind them, a sample conversation is rendered and tokenised, and the memory is worked out.
/// </summary>
public sealed record ModelCheck
{
    private static readonly ChatMessage[] Sample =
    [
        new("user", "What is the capital of France?"),
        new("assistant", "Paris."),
        new("user", "And of Italy?"),
    ];

    private ModelCheck(ModelOptions options) => Options = options;

    /// <summary>As it would be served: what was left open is filled in, once the files were found sound.</summary>
    public ModelOptions Options { get; private init; }

    /// <summary>Whether it would be loaded, and would answer a chat.</summary>
    public bool Serves => Failure is null && TemplateFailure is null;

    /// <summary>Why it would not be loaded; null where it would.</summary>
    public string? Failure { get; private init; }

    /// <summary>Why it would not answer a chat; null where it would, or where that was not tried.</summary>
    public string? TemplateFailure { get; private init; }

    /// <summary>What the file says; null where it could not be read.</summary>
    internal ModelMetadata? Metadata { get; private init; }

    /// <summary>The model's own name; null where the file could not be read, as in all that follows.</summary>
    public string? Name => Metadata?.Name;

    /// <summary><c>general.architecture</c>.</summary>
    public string? Architecture => Metadata?.Architecture;

    /// <summary>How most weights are stored.</summary>
    public string? Quantization => Metadata?.Quantization;

    /// <summary>Weights in all.</summary>
    public long? ParameterCount => Metadata?.ParameterCount;

    /// <summary>Tokens it was trained for.</summary>
    public int? TrainedContextLength => Metadata?.ContextLength;

    /// <summary>Tokens in the vocabulary.</summary>
    public int? VocabularySize => Metadata?.VocabularySize;

    /// <summary>The source of its chat template; null where it has none.</summary>
    public string? ChatTemplate { get; private init; }

    /// <summary>Its files, and bytes of all.</summary>
    public (IReadOnlyList<string> Paths, long Bytes) Files { get; private init; } = ([], 0);

    /// <summary>
    /// The kind of its tokenizer, with that of its pre-tokenizer, <c>gpt2 (smollm)</c>, or that the file names none: text may then be cut
    /// otherwise than in training.
    /// </summary>
    public string? Tokenizer { get; private init; }

    /// <summary>The tokens that end an answer, with their texts.</summary>
    public IReadOnlyList<(int Id, string Text)> EndTokens { get; private init; } = [];

    /// <summary>A conversation as its template writes it; null where that fails.</summary>
    public string? Prompt { get; private init; }

    /// <summary>The tokens of <see cref="Prompt"/>.</summary>
    public int PromptTokens { get; private init; }

    /// <summary>What it would take, device by device; nothing on the GPU where there is none.</summary>
    public IReadOnlyList<DeviceMemory> Memory { get; private init; } = [];

    /// <summary>Checks a model. Never throws for what is wrong with it.</summary>
    /// <param name="options">The file, and how it is to be served.</param>
    /// <param name="logger">Told what computes, and what is made smaller to fit.</param>
    public static ModelCheck Of(ModelOptions options, ILogger logger)
    {
        ModelCheck check = new(options);
        try
        {
            ModelFiles files = ModelFiles.Open(options);
            check = check.With(files);
            _ = KvBudget.Plan(options, files.Model.Metadata);
            NativeBackend backend = NativeBackend.Initialize(logger);
            check = check.With(files with { Options = files.Resolve(backend) }, FreeMemory.Now(backend), logger);
            using SafeLlamaModelHandle model = ModelLoader.LoadWithoutWeights(options.Path);
            return check.With(model, files);
        }
        catch (ModelLoadException error)
        {
            return check with { Failure = error.Message };
        }
    }

    private ModelCheck With(ModelFiles files) => this with
    {
        Metadata = files.Model.Metadata,
        Files = (files.Model.Parts, files.Model.Length),
        ChatTemplate = files.ChatTemplates.GetValueOrDefault(ModelMetadata.DefaultTemplate) is { Length: > 0 } template ? template : null,
        Tokenizer = (files.Model.GetString("tokenizer.ggml.model"), files.Model.GetString("tokenizer.ggml.pre")) switch
        {
            // As files of spring 2024 are; llama.cpp warns of what it takes then.
            ("gpt2", null or "") => "gpt2 (no pre-tokenizer named: default)",
            (var model, null) => model,
            var (model, pre) => $"{model} ({pre})",
        },
    };

    private ModelCheck With(ModelFiles files, FreeMemory free, ILogger logger)
    {
        ModelOptions fitting = MemoryFit.Shrink([files], free, logger)[0];
        KvBudget kv = KvBudget.Plan(fitting, files.Model.Metadata);
        MemoryNeed need = files.Need(fitting, free.Gpus.Count);
        DeviceMemory ram = DeviceMemory.Of("memory", need.Ram, free.Ram);
        ModelCheck check = this with
        {
            Options = fitting with { Parallel = kv.Sequences, ContextLength = kv.ContextLength },
            Memory = free.Gpus.Count == 0 ? [ram] : [ram, DeviceMemory.Of("GPU memory", need.Gpu, free.Gpus.Sum())],
        };
        try
        {
            MemoryCheck.Require(files.Model.Metadata, files.Tensors, fitting, free);
            return check;
        }
        catch (ModelLoadException error)
        {
            return check with { Failure = error.Message };
        }
    }

    private ModelCheck With(SafeLlamaModelHandle model, ModelFiles files)
    {
        ModelTemplates templates = new(Name!, files.ChatTemplates, LlamaVocabulary.SpecialTokens(model));
        ModelCheck check = this with
        {
            EndTokens = [.. LlamaVocabulary.Read(model, []).EndTokens.Select(token => (token, model.Vocab.LLamaTokenToString(token, isSpecialToken: true) ?? ""))],
        };
        try
        {
            // As LanguageModel hands it to the model.
            GenerationRequest request = new() { Messages = Sample };
            ChatPrompt prompt = new(new ModelTokenizer(model, GgufVocabulary.Read(files.Model)), templates);
            return check with { Prompt = templates.Render(request).Text, PromptTokens = prompt.Tokenize(request, TokenLimit.None).Length };
        }
        catch (ChatTemplateException error)
        {
            return check with { TemplateFailure = error.Message };
        }
        catch (TokenizerException error)
        {
            return check with { Failure = $"{Options.Path}: tokenizer: {error.Message}" };
        }
    }
}

/// <summary>What a model would take of one kind of memory.</summary>
/// <param name="Name">Which.</param>
/// <param name="WeightBytes">Weights, those of adapters too.</param>
/// <param name="KvBytes">The KV cache and recurrent states.</param>
/// <param name="ComputeBytes">Buffers of a step, estimated from above.</param>
/// <param name="FreeBytes">What is free of it.</param>
public sealed record DeviceMemory(string Name, long WeightBytes, long KvBytes, long ComputeBytes, long FreeBytes)
{
    internal static DeviceMemory Of(string name, MemoryShare need, long free) => new(name, need.Weights, need.KvCache, need.Compute, free);
}
