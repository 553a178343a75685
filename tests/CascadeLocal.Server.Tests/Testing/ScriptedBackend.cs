using System.Collections.Concurrent;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>A member without a model: it gives the answers that a test wrote down.</summary>
internal sealed class ScriptedBackend(long parameters = 1_000) : IMemberBackend
{
    /// <summary>What it answers.</summary>
    public Func<MemberRequest, IMemberGeneration> Answer { get; set; } = _ => new ScriptedGeneration("4", "2", "");

    public ConcurrentQueue<MemberRequest> Requests { get; } = new();

    public ModelInfo Info { get; init; } = new()
    {
        Path = "scripted.gguf",
        Name = "scripted",
        Architecture = "llama",
        ParameterCount = parameters,
        Quantization = "Q8_0",
        FileBytes = 2_000,
        ContextLength = 100,
        TrainedContextLength = 100,
        VocabularySize = 50,
        VocabularyFingerprint = "same",
        Parallel = 4,
        Threads = 1,
        Device = "cpu",
        KvLayout = KvLayout.Streams,
        KvBytes = 4_000,
        Sampling = new() { Temperature = 0.5f, TopK = 9 },
    };

    public EngineStatus Status { get; } = new()
    {
        Waiting = 1,
        Running = 2,
        KvCellsUsed = 3,
        KvCells = 4,
        Steps = 5,
        PeakDecodeBatch = 6,
        PrefillTokens = 7,
        CachedTokens = 8,
        OutputTokens = 9,
        Preemptions = 10,
    };

    public IMemberGeneration Generate(MemberRequest request)
    {
        Requests.Enqueue(request);
        return Answer(request);
    }

    public void Dispose()
    {
    }
}
