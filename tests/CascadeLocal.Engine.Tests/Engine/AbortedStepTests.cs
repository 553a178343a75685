using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Text;

using LLama;
using LLama.Common;
using LLama.Extensions;
using LLama.Native;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>llama.cpp itself, stopped in the middle of a step by its abort callback, at one operation after another.</summary>
public sealed unsafe class AbortedStepTests : IDisposable
{
    private const int Parallel = 4;
    private const int ContextLength = 256;
    private const int PrefillBudget = 64;

    /// <summary>Operations until the callback says stop.</summary>
    private static int _operationsLeft;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(KvLayout.Streams)]
    [InlineData(KvLayout.Unified)]
    public void A_step_that_is_stopped_halfway_leaves_nothing_to_the_next_request(KvLayout layout)
    {
        string path = _folder.Write("model.gguf", TestGguf.Create().Build());
        using LLamaWeights weights = NativeLlama.Load(path);
        List<int> expected = Answer(weights, path, layout, abort: false, out _);

        List<int> answer = Answer(weights, path, layout, abort: true, out int stepsWithRest);

        Assert.True(stepsWithRest > 0, "no step left cells behind, so nothing was tested");
        Assert.Equal(expected, answer);
    }

    private static List<int> Answer(LLamaWeights weights, string path, KvLayout layout, bool abort, out int stepsWithRest)
    {
        ModelParams parameters = new(path)
        {
            ContextSize = Parallel * ContextLength, SeqMax = Parallel, BatchSize = Parallel + PrefillBudget,
            // Several to a step.
            UBatchSize = 16, Threads = 1, BatchThreads = 1, GpuLayerCount = 0, KVUnified = layout == KvLayout.Unified,
        };
        parameters.ToLlamaContextParams(out LLamaContextParams native);
        SafeLLamaContextHandle handle = SafeLLamaContextHandle.Create(weights.NativeHandle, native);
        using WatchedContext context = new(new LlamaModelContext(handle), Parallel);
        IKvCache kv = layout == KvLayout.Unified
            ? new UnifiedKvCache(context, Parallel, ContextLength, Parallel * ContextLength)
            : new StreamKvCache(context, Parallel, ContextLength);
        using Scheduler scheduler = new(context, kv, CreateVocabulary(), new SchedulerOptions
        {
            Parallel = Parallel, PrefillBudget = PrefillBudget, PrefillSlowdown = 2, PrefixCache = true, MaxIdleCells = ContextLength,
        });

        if (abort)
        {
            delegate* unmanaged[Cdecl]<void*, byte> stop = &Stop;
            NativeApi.llama_set_abort_callback(handle, (nint)stop, 0);
            bool failed = true;
            for (int operations = 1; failed; operations += 7)
            {
                _operationsLeft = operations;
                Sequence[] lost = [Add(scheduler, 40, 2), Add(scheduler, 20, 3)];
                scheduler.Step();
                failed = lost[0].Slot is null;
                if (failed)
                    Assert.All(Enumerable.Range(0, Parallel), slot => Assert.Equal(-1, context.MaxPosition(slot)));
                scheduler.CheckIntegrity();
            }

            _operationsLeft = int.MaxValue;
            scheduler.FailAll(new EngineException("the one that came through"));
        }

        Sequence sequence = Add(scheduler, 50, 1);
        while (scheduler.HasWork)
            scheduler.Step();
        stepsWithRest = context.FailuresWithRest;
        return [.. sequence.Known[sequence.PromptLength..]];
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte Stop(void* data) => --_operationsLeft <= 0 ? (byte)1 : (byte)0;

    private static Sequence Add(Scheduler scheduler, int length, int seed)
    {
        Random random = new(seed);
        int[] prompt = [.. Enumerable.Range(0, length).Select(_ => random.Next(3, TestGguf.VocabularySize))];
        Sequence sequence = new(
            prompt, 20, new TokenSampler(SamplingParameters.Greedy, TestGguf.VocabularySize, prompt, []), new AnswerText(StopStrings.None), "");
        scheduler.Enqueue(sequence);
        return sequence;
    }

    private static Vocabulary CreateVocabulary() => new(
        new TokenPieces(
            TestGguf.VocabularySize,
            (_, destination) =>
            {
                if (destination.Length > 0)
                    destination[0] = (byte)'x';
                return 1;
            },
            _ => false),
        _ => false);

    /// <summary>Notes what a decode that failed has left.</summary>
    private sealed class WatchedContext(IModelContext inner, int sequences) : IModelContext
    {
        public int FailuresWithRest { get; private set; }

        public int VocabularySize => inner.VocabularySize;

        public bool CanCut => inner.CanCut;

        public bool HasWindow => inner.HasWindow;

        public DecodeStatus Decode(StepBatch batch)
        {
            DecodeStatus status = inner.Decode(batch);
            if (status == DecodeStatus.Aborted && Enumerable.Range(0, sequences).Any(sequence => MaxPosition(sequence) >= 0))
                FailuresWithRest++;
            return status;
        }

        public Span<float> Logits(int index) => inner.Logits(index);

        public bool Remove(int sequence, int from, int to) => inner.Remove(sequence, from, to);

        public void Clear() => inner.Clear();

        public void Copy(int source, int destination, int from, int to) => inner.Copy(source, destination, from, to);

        public long StateBytes(int sequence) => inner.StateBytes(sequence);

        public bool SaveState(int sequence, StateBuffer state) => inner.SaveState(sequence, state);

        public bool LoadState(int sequence, StateBuffer state) => inner.LoadState(sequence, state);

        public int MinPosition(int sequence) => inner.MinPosition(sequence);

        public int MaxPosition(int sequence) => inner.MaxPosition(sequence);

        public void Dispose() => inner.Dispose();
    }
}
