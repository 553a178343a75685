using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Members;

/// <summary>What answers for a pool member: a model in this process, or an endpoint elsewhere. Thread-safe.</summary>
public interface IMemberBackend : IDisposable
{
    /// <summary>What the model is.</summary>
    ModelInfo Info { get; }

    /// <summary>What it is doing now.</summary>
    EngineStatus Status { get; }

    /// <summary>Queues a conversation for an answer.</summary>
    /// <exception cref="ContextLengthExceededException">Prompt and answer do not fit into the context.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already.</exception>
    /// <exception cref="Engine.Text.ChatTemplateException">The model's template cannot render the conversation.</exception>
    /// <exception cref="EngineException">The model is being unloaded or has failed.</exception>
    IMemberGeneration Generate(MemberRequest request);
}
