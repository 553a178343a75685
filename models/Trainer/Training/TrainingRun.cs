using System.Diagnostics;

using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Optimization;
using CascadeLocal.Trainer.Tokenizer;

using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Training;

/// <summary>A model in training: it can be stepped, kept as a checkpoint and continued from one.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const string WeightsName = "weights";

    private readonly BatchStream _batches;
    private readonly Optimizer _optimizer;
    private readonly TrainingState _start;
    private readonly Stopwatch _watch = new();

    private TrainingRun(TrainingState state, float[] weights, TaskSourceFactory sources)
    {
        _start = state;
        Settings = state.Settings;
        Tokenizer = new(state.Merges);
        Model = new(Settings.Shape, Tokenizer.Tokens.Count, weights);
        _optimizer = new(Model, Settings.PeakRate) { Steps = state.Steps };
        _batches = new(sources, new(Tokenizer), Settings.Seed, Settings.TokensPerBatch, state.Position);
        Tokens = state.Tokens;
    }

    /// <summary>What determines the run.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>The model's vocabulary.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>The model as it is now.</summary>
    public LlamaModel Model { get; }

    /// <summary>Steps done, those before a resumption included.</summary>
    public long Steps => _optimizer.Steps;

    /// <summary>Tokens seen, padding not counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Time spent in steps.</summary>
    public TimeSpan Time => _start.Time + _watch.Elapsed;

    /// <summary>The spent share of the budget.</summary>
    public double Spent => Settings.Budget.Spent(Steps, Time);

    /// <summary>The file whose weights the run began with, or null.</summary>
    public string? StartedFrom => _start.StartedFrom;

    /// <summary>The sources that the run was begun with.</summary>
    public string Commit => _start.Commit;

    /// <summary>Begins with given weights and fresh optimizer state.</summary>
    public static TrainingRun Begin(
        TrainingSettings settings, BytePairTokenizer tokenizer, float[] weights, string? startedFrom,
        TaskSourceFactory sources) =>
        new(new(settings, tokenizer.Merges, startedFrom, SourceCommit.Describe(), 0, 0, TimeSpan.Zero, default), weights, sources);

    /// <summary>Begins with random weights.</summary>
    public static TrainingRun Begin(TrainingSettings settings, BytePairTokenizer tokenizer, TaskSourceFactory sources)
    {
        ParameterLayout layout = new(settings.Shape, tokenizer.Tokens.Count);
        return Begin(settings, tokenizer, WeightInitializer.Draw(settings.Shape, layout, settings.Seed), null, sources);
    }

    /// <summary>Continues a run.</summary>
    /// <exception cref="FormatException">A tensor is missing or has another length.</exception>
    public static TrainingRun Continue(Checkpoint checkpoint, TaskSourceFactory sources)
    {
        if (!checkpoint.Tensors.TryGetValue(WeightsName, out float[]? weights))
            throw new FormatException("the checkpoint has no weights");
        TrainingRun run = new(checkpoint.State, weights, sources);
        foreach ((string name, Tensor target) in run._optimizer.State)
        {
            if (!checkpoint.Tensors.TryGetValue(name, out float[]? values) || values.Length != target.numel())
                throw new FormatException($"the checkpoint's {name} does not fit the model");
            using Tensor source = tensor(values);
            target.copy_(source);
        }

        return run;
    }

    /// <summary>Trains on the next batch.</summary>
    /// <returns>The mean loss per answer token, in nats.</returns>
    public float Step()
    {
        _watch.Start();
        using DisposeScope scope = NewDisposeScope();
        Batch batch = _batches.Next();
        Tensor logits = Model.Logits(
            tensor(batch.Tokens, batch.Rows, batch.Width), tensor(batch.Positions), ScalarType.BFloat16);
        Tensor loss = nn.functional.cross_entropy(logits, tensor(batch.Targets));
        Tensor gradient = autograd.grad([loss], [Model.Weights])[0];
        _optimizer.Step(gradient, LearningRateSchedule.Factor(Steps, Spent));
        Tokens += batch.TokenCount;
        float value = loss.item<float>();
        _watch.Stop();
        return value;
    }

    /// <summary>Copies everything that <see cref="Continue"/> needs.</summary>
    public Checkpoint Capture()
    {
        Dictionary<string, float[]> tensors = new() { [WeightsName] = Model.CopyWeights() };
        foreach ((string name, Tensor values) in _optimizer.State)
            tensors.Add(name, values.data<float>().ToArray());
        TrainingState state = _start with
        {
            Steps = Steps,
            Tokens = Tokens,
            Time = Time,
            Position = _batches.Position,
        };
        return new(state, tensors);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Model.Dispose();
    }
}
