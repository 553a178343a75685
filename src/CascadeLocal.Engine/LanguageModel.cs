#pragma warning disable CA1822, IDE0051, CA1065
using CascadeLocal.Engine.Text;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine;

/// <summary>One GGUF model, loaded and served with continuous batching. Thread-safe.</summary>
public sealed class LanguageModel : IDisposable
{
    private LanguageModel(ModelInfo info) => Info = info;

    /// <summary>What was loaded, and how.</summary>
    public ModelInfo Info { get; }

    /// <summary>What it is doing now.</summary>
    public EngineStatus Status => throw new NotImplementedException();

    /// <summary>Validates the file in managed code, loads it and starts its decode thread.</summary>
    /// <exception cref="ModelLoadException">The file cannot be served; the process is well.</exception>
    public static Task<LanguageModel> LoadAsync(
        ModelOptions options, ILogger logger, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// The prompt tokens of a conversation, by the model's own template. Only what the template itself writes is read
    /// as control tokens; the messages' text never is.
    /// </summary>
    /// <exception cref="ChatTemplateException">The model has no template that is understood, or it refuses.</exception>
    public int[] TokenizeChat(IReadOnlyList<ChatMessage> messages) => throw new NotImplementedException();

    /// <summary>The tokens of plain text; control markers in it are ordinary text. BOS comes first where the model wants it.</summary>
    public int[] Tokenize(string text) => throw new NotImplementedException();

    /// <summary>Queues a request. Its tokens are read from the result.</summary>
    /// <exception cref="ArgumentException">An empty prompt or a token outside the vocabulary.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and answer do not fit into the context.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already.</exception>
    /// <exception cref="EngineException">The model is being unloaded or has failed.</exception>
    public Generation Generate(GenerationRequest request) => throw new NotImplementedException();

    /// <summary>Ends what runs with an <see cref="EngineException"/>, then frees the model.</summary>
    public void Dispose() => throw new NotImplementedException();
}
