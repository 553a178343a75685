using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

using Microsoft.Extensions.Time.Testing;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>A scheduler over a <see cref="FakeModel"/>, stepped by hand and checked after every step.</summary>
internal sealed class SchedulerHarness : IDisposable
{
    private readonly Vocabulary _vocabulary = FakeModel.CreateVocabulary();
    private readonly FakeTimeProvider _clock = new();
    private readonly DraftCost? _draftCost;

    public SchedulerHarness(
        KvLayout layout = KvLayout.Streams, int parallel = 4, int contextLength = 4096, int? cells = null,
        int prefillBudget = 128, bool prefixCache = true, bool canCut = true, bool isUncertain = false, PrefixStore? store = null,
        RestoreCost? cost = null, bool hasWindow = false, double prefillSlowdown = 2.5, Func<Vocabulary, Drafter>? drafter = null,
        DraftCost? draftCost = null, Func<int[], int>? follows = null, string? onDiskAs = null)
    {
        _draftCost = drafter is null ? null : draftCost ?? new DraftCost(Draft: 0.1, Verify: 0.2);
        int total = cells ?? (parallel * contextLength);
        Model = new FakeModel(parallel, contextLength, layout, total) { CanCut = canCut, HasWindow = hasWindow, IsUncertain = isUncertain, Follows = follows };
        Kv = layout == KvLayout.Unified
            ? new UnifiedKvCache(Model, parallel, contextLength, total)
            : new StreamKvCache(Model, parallel, contextLength);
        Stored = store is null ? null : new ModelPrefixes(store, Kv, cost ?? new RestoreCost(SecondsPerToken: 1, SecondsPerByte: 0), onDiskAs);
        Stored?.ReadFolder(contextLength);
        Scheduler = new Scheduler(Model, Kv, _vocabulary, new SchedulerOptions
        {
            Parallel = parallel,
            PrefillBudget = prefillBudget,
            PrefillSlowdown = prefillSlowdown,
            Clock = _clock,
            PrefixCache = prefixCache,
            MaxIdleCells = total / 2,
            Stored = Stored,
            Drafter = drafter?.Invoke(_vocabulary),
        })
        {
            StepDone = Steps.Add,
        };
        Model.Evaluating = batch => _clock.Advance(StepTime(batch));
    }

    /// <summary>How long the model takes for a batch; the same for all where nothing else is said.</summary>
    public Func<StepBatch, TimeSpan> StepTime { get; set; } = _ => TimeSpan.FromMilliseconds(1);

    /// <summary>What the scheduler takes for the time.</summary>
    public TimeSpan Now => _clock.GetUtcNow() - _clock.Start;

    public FakeModel Model { get; }

    public IKvCache Kv { get; }

    public Scheduler Scheduler { get; }

    public ModelPrefixes? Stored { get; }

    public List<StepReport> Steps { get; } = [];

    public static int[] Prompt(int length, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(1, FakeModel.Vocabulary))];
    }

    public Sequence Add(
        int[] prompt, int maxTokens, string salt = "", bool ignoreEnd = false, int maxUnread = 1000, int[]? draft = null,
        SamplingParameters? sampling = null, string? stop = null, RequestPriority priority = RequestPriority.Normal,
        IAnswerObserver? observer = null, ITokenFilter? filter = null)
    {
        TokenSampler sampler = new(
            sampling ?? SamplingParameters.Greedy, FakeModel.Vocabulary, prompt, ignoreEnd ? [FakeModel.EndToken] : [])
        {
            Filter = filter,
        };
        StopStrings stops = stop is null ? StopStrings.None : new StopStrings([stop]);
        Sequence sequence = new(prompt, maxTokens, sampler, new AnswerText(stops), salt, maxUnread)
        {
            Priority = priority,
            Observer = observer,
            Ahead = _draftCost is { } cost ? new DraftAhead(cost) : null,
        };
        if (draft is not null)
            sequence.Propose(draft, _vocabulary.LengthBeforeEnd(draft));
        Scheduler.Enqueue(sequence);
        return sequence;
    }

    public void Step()
    {
        Scheduler.Step();
        Scheduler.CheckIntegrity();
    }

    /// <summary>Steps until nothing is left to do.</summary>
    public void RunToEnd(int maxSteps = 100_000)
    {
        for (int i = 0; Scheduler.HasWork; i++)
        {
            if (i == maxSteps)
                throw new InvalidOperationException($"still busy after {maxSteps} steps");
            Step();
        }
    }

    public static List<int> Answer(Sequence sequence) => [.. sequence.Known[sequence.PromptLength..]];

    public void Dispose()
    {
        Scheduler.Dispose();
        Stored?.Dispose();
    }
}
