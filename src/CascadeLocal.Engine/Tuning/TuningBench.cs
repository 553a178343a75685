using System.Diagnostics;

using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Tuning;

/// <summary>
/// Times a loaded model under one way to serve after the other. Threads are changed where it stands; for flash attention there is a second
/// context on the same weights. Used on one thread.
/// </summary>
internal sealed class TuningBench : IDisposable
{
    /// <summary>Tokens of a sequence: what much text is, and a prompt behind it.</summary>
    public const int Context = 1280;

    /// <summary>In fewer there is nothing to time.</summary>
    public const int LeastContext = 64;

    private const int MostTogether = 4;
    private const int Shallow = 32;
    private const int LeastDepth = 256;

    /// <summary>A step ends before anybody new is admitted or cancelled: it should not take longer than this.</summary>
    private static readonly TimeSpan LongStep = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan LongFill = TimeSpan.FromSeconds(2);

    /// <summary>What takes less is timed a few times, and the shortest counts.</summary>
    private static readonly TimeSpan ShortRun = TimeSpan.FromMilliseconds(60);

    private readonly LoadedModel _model;
    private readonly LlamaModelContext? _without;
    private readonly StepBatch _batch;
    private readonly CancellationToken _cancellation;
    private readonly int _shallow;
    private readonly int _together;
    private readonly int _decodes;
    private readonly int _deepPrompt;
    private readonly int _depth;

    /// <param name="model">Nothing is decoded on it yet. It is owned from here on.</param>
    /// <param name="without">A context of it without flash attention, owned as well; null for none.</param>
    /// <param name="cancellation">Ends it at the next run.</param>
    /// <exception cref="EngineException">A decode failed.</exception>
    public TuningBench(LoadedModel model, LlamaModelContext? without, CancellationToken cancellation)
    {
        (_model, _without, _cancellation) = (model, without, cancellation);
        _batch = new StepBatch(model.Kv.Sequences + model.PrefillBudget);
        int context = model.Kv.ContextLength;
        _together = model.Kv.Sequences - 1;
        _shallow = Math.Min(Shallow, context / 4);
        double decode = double.MaxValue;
        double prompt = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            prompt = Math.Min(prompt, Timed(() => Refill(Default, 1, _shallow)) / _shallow);
            decode = Math.Min(decode, Timed(() => Evaluate(Default, 1, _shallow, 1, 1)));
        }

        _decodes = Math.Clamp((int)(0.006 / decode), 4, Math.Min(64, context / 4));
        int longest = Math.Min(model.PrefillBudget, context / 2);
        PromptTokens = Math.Clamp((int)(LongStep.TotalSeconds / prompt), Math.Min(16, longest), longest);
        _deepPrompt = Math.Min(128, PromptTokens);
        int depth = Math.Min(context - Math.Max(_deepPrompt, _decodes), (int)(LongFill.TotalSeconds / prompt));
        _depth = model.Context.CanCut && depth >= LeastDepth ? depth : 0;
        foreach (LlamaModelContext one in without is null ? [Default] : new[] { Default, without })
        {
            for (int sequence = 0; sequence <= _together; sequence++)
                Refill(one, sequence, sequence == 0 ? _depth : _shallow);
        }
    }

    /// <summary>Tokens of a prompt that is timed: as many as a step may have without taking too long.</summary>
    public int PromptTokens { get; }

    /// <summary>What can be timed.</summary>
    public IReadOnlyList<TuningPart> Parts =>
    [
        TuningPart.Decode,
        .. _depth > 0 ? [TuningPart.DeepDecode] : Array.Empty<TuningPart>(),
        .. _together > 1 ? [TuningPart.Together] : Array.Empty<TuningPart>(),
        TuningPart.Prompt,
        .. _depth > 0 ? [TuningPart.DeepPrompt] : Array.Empty<TuningPart>(),
    ];

    private LlamaModelContext Default => (LlamaModelContext)_model.Context;

    /// <summary>Sequences of a bench for a model of so many: one with much text, and those that decode at once.</summary>
    public static int Sequences(int parallel) => 1 + Math.Min(MostTogether, parallel);

    /// <summary>Seconds of a token: of a prompt, or decoded; of several sequences for all together.</summary>
    /// <exception cref="OperationCanceledException">It is ended.</exception>
    /// <exception cref="EngineException">A decode failed.</exception>
    public double Seconds(TuningPoint way, TuningPart part)
    {
        LlamaModelContext context = way.FlashAttention == false && _without is not null ? _without : Default;
        context.SetThreads(way.Threads, way.ThreadsBatch);
        return part switch
        {
            TuningPart.Decode => Decode(context, 1, _shallow),
            TuningPart.DeepDecode => Decode(context, 0, _depth),
            TuningPart.Together => Shortest(() => Together(context), () => CutAll(context)) / _decodes,
            TuningPart.Prompt => Prompt(context, way.PrefillBudget),
            _ => Shortest(() => Evaluate(context, 0, _depth, _deepPrompt, way.PrefillBudget), () => Cut(context, 0, _depth)) / _deepPrompt,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch.Dispose();
        _without?.Dispose();
        _model.Dispose();
    }

    private double Decode(LlamaModelContext context, int sequence, int length) =>
        Shortest(() => Evaluate(context, sequence, length, _decodes, 1), () => Cut(context, sequence, length)) / _decodes;

    private double Prompt(LlamaModelContext context, int budget)
    {
        context.Remove(1, -1, -1);
        double taken = Shortest(() => Evaluate(context, 1, 0, PromptTokens, budget), () => context.Remove(1, -1, -1));
        Refill(context, 1, _shallow);
        return taken / PromptTokens;
    }

    private void Together(LlamaModelContext context)
    {
        for (int step = 0; step < _decodes; step++)
        {
            _batch.Clear();
            for (int sequence = 1; sequence <= _together; sequence++)
                _batch.Add(TokenAt(_shallow + step), _shallow + step, sequence, logits: true);
            Decode(context);
        }
    }

    private void CutAll(LlamaModelContext context)
    {
        for (int sequence = 1; sequence <= _together; sequence++)
            Cut(context, sequence, _shallow);
    }

    /// <summary>The shortest of a few runs, behind one that counts for nothing: threads and the graph have changed.</summary>
    private double Shortest(Action run, Action undo)
    {
        double first = Once();
        // A long one has warmed up within itself.
        return first > ShortRun.TotalSeconds ? first : Math.Min(Once(), Math.Min(Once(), Once()));

        double Once()
        {
            _cancellation.ThrowIfCancellationRequested();
            double taken = Timed(run);
            undo();
            return taken;
        }
    }

    private static double Timed(Action run)
    {
        long started = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Brings a sequence back to a length; one that cannot be cut is evaluated again.</summary>
    private void Cut(LlamaModelContext context, int sequence, int length)
    {
        if (!context.Remove(sequence, length, -1))
            Refill(context, sequence, length);
    }

    private void Refill(LlamaModelContext context, int sequence, int length)
    {
        context.Remove(sequence, -1, -1);
        Evaluate(context, sequence, 0, length, _model.PrefillBudget);
    }

    private void Evaluate(LlamaModelContext context, int sequence, int from, int count, int chunk)
    {
        for (int done = 0; done < count; done += chunk)
        {
            int tokens = Math.Min(chunk, count - done);
            _batch.Clear();
            for (int i = 0; i < tokens; i++)
                _batch.Add(TokenAt(from + done + i), from + done + i, sequence, logits: i == tokens - 1);
            Decode(context);
        }
    }

    // What the tokens are has no influence on times.
    private int TokenAt(int position) => position % _model.Context.VocabularySize;

    private void Decode(LlamaModelContext context)
    {
        DecodeStatus status = context.Decode(_batch);
        if (status != DecodeStatus.Ok)
            throw new EngineException($"llama.cpp could not evaluate {_batch.Count} tokens: {status}.");
        _ = context.Logits(_batch.Count - 1);
    }
}
