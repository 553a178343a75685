using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Drafts;

/// <summary>
/// What drafts bring a model when another one, the smallest of equal vocabulary (itself where there is no other), has
/// answered before it. Every question is answered with the draft and without, one after the other.
/// </summary>
[SelfPaced(calls: 8)]
public class DraftReuseBenchmarks
{
    private const int MaxTokens = 64;

    private static readonly Quantity Share =
        new("Accepted share", "Drafted tokens reused over verified, of all questions", Statistic.Median, "N3");

    private static readonly Quantity Saved =
        new("Reused of output", "Drafted tokens reused over tokens of the answers", Statistic.Median, "N3");

    private static readonly Quantity Plain =
        new("TPOT [us]", "All time from first to last tokens over all gaps, without drafts", Statistic.Median, "N1");

    private static readonly Quantity Drafted = new("TPOT, drafts [us]", "The same with drafts", Statistic.Median, "N1");

    private static readonly Quantity Ratio = new("Ratio", "The time with drafts over the time without", Statistic.Median, "N3");

    private LanguageModel _model = null!;
    private List<GenerationRequest> _requests = [];

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>Loads the model and has the other one draft.</summary>
    [GlobalSetup]
    public async Task LoadAsync()
    {
        _model = await LoadAsync(Model);
        _requests = [.. Questions.All.Select(question =>
            new GenerationRequest { Prompt = _model.TokenizeChat(question), MaxTokens = MaxTokens })];
        foreach (BenchModel candidate in BenchModels.All())
        {
            using LanguageModel drafter = await LoadAsync(candidate);
            if (!drafter.Capabilities.SharesVocabularyWith(_model.Capabilities))
                continue;
            for (int i = 0; i < _requests.Count; i++)
                _requests[i] = _requests[i] with { Draft = await AnswerAsync(drafter.Start(_requests[i])) };
            return;
        }
    }

    /// <summary>All questions, with drafts and without.</summary>
    [Benchmark]
    public async Task Answer()
    {
        double plain = 0;
        double drafted = 0;
        int gaps = 0;
        int draftedGaps = 0;
        int verified = 0;
        int reused = 0;
        foreach (GenerationRequest request in _requests)
        {
            GenerationResult without = await RunAsync(request with { Draft = default });
            GenerationResult with = await RunAsync(request);
            plain += Decoding(without);
            drafted += Decoding(with);
            gaps += without.OutputTokens - 1;
            draftedGaps += with.OutputTokens - 1;
            verified += with.Draft!.Verified;
            reused += with.Draft.Reused;
        }

        Observations.Add(Share, (double)reused / Math.Max(1, verified));
        Observations.Add(Saved, (double)reused / (draftedGaps + _requests.Count));
        Observations.Add(Plain, plain / Math.Max(1, gaps));
        Observations.Add(Drafted, drafted / Math.Max(1, draftedGaps));
        Observations.Add(Ratio, drafted / Math.Max(1, draftedGaps) / (plain / Math.Max(1, gaps)));
    }

    /// <summary>Unloads the model.</summary>
    [GlobalCleanup]
    public void Unload() => _model.Dispose();

    private static double Decoding(GenerationResult result) => (result.EndToEnd - result.TimeToFirstToken).TotalMicroseconds;

    private static Task<LanguageModel> LoadAsync(BenchModel model) => LanguageModel.LoadAsync(
        new ModelOptions { Path = model.Path, Parallel = 1, ContextLength = 256, Threads = BenchModels.Threads(), Sampling = BenchModels.Greedy },
        NullLogger.Instance);

    private static async Task<int[]> AnswerAsync(Generation generation)
    {
        List<int> tokens = [];
        await foreach (AnswerEvent next in generation.ReadAllAsync())
        {
            if (next.IsToken)
                tokens.Add(next.Token);
        }

        return [.. tokens];
    }

    private Task<GenerationResult> RunAsync(GenerationRequest request) => _model.Start(request).FinishAsync();
}
