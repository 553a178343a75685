using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Decoding;
using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Bench.Drafts;

/// <summary>
/// What a verified token costs against a decoded one. Beside its one known token a step evaluates a chunk of drafted ones,
/// each with logits; a plain step takes turns with it. The ratio is the break-even accepted share: of k verified tokens at
/// the ratio c, more than c k have to be right, since each that is right saves one decode.
/// </summary>
[SelfPaced(calls: 8)]
public class VerifiedTokenBenchmarks
{
    private const int PromptTokens = 64;
    private const int Pairs = 8;

    private static readonly Quantity Decode = new("Decode [us]", "A bare decode of one token", Statistic.Minimum, "N1");

    private static readonly Quantity Verify =
        new("Verify [us]", "A bare decode of one token and the chunk behind it", Statistic.Minimum, "N1");

    private static readonly Quantity Ratio =
        new("Break-even share", "(Verify - Decode beside it) / (chunk x Decode): a verified token over a decoded one", Statistic.Median, "N3");

    private BareDecoder _decoder = null!;

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>Drafted tokens in a step.</summary>
    [Params(8, 16, 32, 64)]
    public int Chunk { get; set; }

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>Loads the model.</summary>
    [GlobalSetup]
    public void Load()
    {
        _decoder = new BareDecoder(new ModelOptions
        {
            Path = Model.Path,
            Parallel = 1,
            ContextLength = 256,
            Threads = BenchModels.Threads(),
        });
        _decoder.Extend(0, PromptTokens);
    }

    /// <summary>Steps of both kinds, in turns.</summary>
    [Benchmark]
    public void Step()
    {
        for (int i = 0; i < Pairs; i++)
        {
            double decode = _decoder.Step(1).TotalMicroseconds;
            _decoder.Truncate(0, PromptTokens);
            double verify = _decoder.Verify(0, Chunk).TotalMicroseconds;
            _decoder.Truncate(0, PromptTokens);
            Observations.Add(Decode, decode);
            Observations.Add(Verify, verify);
            Observations.Add(Ratio, (verify - decode) / (Chunk * decode));
        }
    }

    /// <summary>Unloads the model.</summary>
    [GlobalCleanup]
    public void Unload() => _decoder.Dispose();
}
