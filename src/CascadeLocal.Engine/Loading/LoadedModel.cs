using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Native;

using LLama.Native;

namespace CascadeLocal.Engine.Loading;

/// <summary>A model in memory with its context, before anything decodes on it.</summary>
/// <param name="Metadata">What the file says about it.</param>
/// <param name="FileBytes">The file's size.</param>
/// <param name="Backend">What computes.</param>
/// <param name="Kv">Its KV cache.</param>
/// <param name="Threads">Threads of one decode.</param>
/// <param name="PrefillBudget">Prompt tokens of one step.</param>
/// <param name="GpuLayers">Layers on the GPU.</param>
/// <param name="Weights">The weights; shared with the context by reference count.</param>
/// <param name="Context">The context, to be used on one thread.</param>
internal sealed record LoadedModel(
    ModelMetadata Metadata,
    long FileBytes,
    NativeBackend Backend,
    KvBudget Kv,
    int Threads,
    int PrefillBudget,
    int GpuLayers,
    SafeLlamaModelHandle Weights,
    IModelContext Context);
