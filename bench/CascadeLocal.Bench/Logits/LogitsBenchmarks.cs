using BenchmarkDotNet.Attributes;

using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Bench.Logits;

/// <summary>One sampled token with its signals: the native kernel against its managed twin.</summary>
[MemoryDiagnoser]
public class LogitsBenchmarks
{
    private float[] _logits = [];
    private LogitsWorkspace _workspace = null!;
    private TokenSampler _greedy = null!;
    private TokenSampler _temperature = null!;
    private TokenSampler _topP = null!;

    /// <summary>Logits per token: the shipped tier's, SmolLM2's, Qwen2.5's.</summary>
    [Params(512, 49_152, 152_064)]
    public int Vocabulary { get; set; }

    /// <summary>Native falls back to managed where the library was not built; the log says so.</summary>
    [Params("managed", "native")]
    public string Kernel { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        ILogitsKernel kernel = Kernel == "managed" ? new ManagedLogitsKernel() : LogitsKernel.Best;
        Console.WriteLine($"// kernel: {kernel.Name}");
        // Like a language model's: a broad bulk far below a few likely tokens.
        Random random = new(1);
        _logits = new float[Vocabulary];
        for (int i = 0; i < _logits.Length; i++)
            _logits[i] = (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 6);
        for (int i = 0; i < 20; i++)
            _logits[random.Next(Vocabulary)] = 10 + i * 0.5f;

        _workspace = new LogitsWorkspace(Vocabulary, kernel);
        _greedy = new TokenSampler(SamplingParameters.Greedy, Vocabulary, [], []);
        _temperature = new TokenSampler(new SamplingParameters { Temperature = 0.8f, Seed = 1 }, Vocabulary, [], []);
        _topP = new TokenSampler(new SamplingParameters { Temperature = 0.8f, TopP = 0.95f, Seed = 1 }, Vocabulary, [], []);
    }

    /// <summary>Arg max and signals: one pass.</summary>
    [Benchmark(Baseline = true)]
    public int Greedy() => _greedy.Sample(_logits, _workspace).Id;

    /// <summary>A draw from the whole vocabulary.</summary>
    [Benchmark]
    public int Temperature() => _temperature.Sample(_logits, _workspace).Id;

    /// <summary>A draw from the nucleus.</summary>
    [Benchmark]
    public int TopP() => _topP.Sample(_logits, _workspace).Id;
}
