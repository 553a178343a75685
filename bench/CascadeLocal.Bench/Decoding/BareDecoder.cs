using System.Diagnostics;

using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Decoding;

/// <summary>
/// llama_decode and nothing else: the time below which no engine around it can get. Its tokens are drawn at random, since
/// what they are makes no difference to it.
/// </summary>
internal sealed class BareDecoder : IDisposable
{
    private readonly LoadedModel _model;
    private readonly StepBatch _batch;
    private readonly int[] _lengths;
    private readonly Random _random = new(1);

    /// <summary>Loads a model as the engine would.</summary>
    public BareDecoder(ModelOptions options)
    {
        _model = ModelLoader.Load(options, NullLogger.Instance);
        _batch = new StepBatch(_model.Kv.Sequences + _model.PrefillBudget);
        _lengths = new int[_model.Kv.Sequences];
    }

    /// <summary>Brings a sequence to <paramref name="length"/> tokens; it must have no more.</summary>
    public void Extend(int sequence, int length)
    {
        while (_lengths[sequence] < length)
        {
            _batch.Clear();
            for (int i = Math.Min(_model.PrefillBudget, length - _lengths[sequence]); i > 0; i--)
                Add(sequence, logits: i == 1);
            Decode();
        }
    }

    /// <summary>Cuts a sequence to <paramref name="length"/> tokens.</summary>
    public void Truncate(int sequence, int length)
    {
        if (length >= _lengths[sequence])
            return;
        if (!_model.Context.Remove(sequence, length > 0 ? length : -1, -1))
            throw new InvalidOperationException($"{_model.Metadata.Name} cannot cut a sequence.");
        _lengths[sequence] = length;
    }

    /// <summary>
    /// Makes the first <paramref name="length"/> tokens of one sequence the content of another, which is empty; whole, and
    /// then cut, where the layout demands it.
    /// </summary>
    public void Copy(int source, int destination, int length)
    {
        bool shared = _model.Kv.Layout == Engine.KvCache.KvLayout.Unified;
        _model.Context.Copy(source, destination, shared ? 0 : -1, shared ? length : -1);
        _lengths[destination] = shared ? length : _lengths[source];
        Truncate(destination, length);
    }

    /// <summary>Decodes one token of each of the first <paramref name="sequences"/> sequences; returns the time it took.</summary>
    public TimeSpan Step(int sequences)
    {
        long start = Stopwatch.GetTimestamp();
        _batch.Clear();
        for (int i = 0; i < sequences; i++)
            Add(i, logits: true);
        Decode();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Decodes one token of a sequence and verifies a draft of <paramref name="drafted"/> more; returns the time it took.</summary>
    public TimeSpan Verify(int sequence, int drafted)
    {
        long start = Stopwatch.GetTimestamp();
        _batch.Clear();
        for (int i = 0; i <= drafted; i++)
            Add(sequence, logits: true);
        Decode();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Decodes one token of one sequence.</summary>
    public void StepOne(int sequence)
    {
        _batch.Clear();
        Add(sequence, logits: true);
        Decode();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch.Dispose();
        _model.Context.Dispose();
        _model.Weights.Dispose();
    }

    private void Add(int sequence, bool logits) =>
        _batch.Add(_random.Next(_model.Context.VocabularySize), _lengths[sequence]++, sequence, logits);

    private void Decode()
    {
        DecodeStatus status = _model.Context.Decode(_batch);
        if (status != DecodeStatus.Ok)
            throw new InvalidOperationException($"llama_decode failed on a batch of {_batch.Count} tokens ({status}).");

        // Where a device computes, this is what waits for it.
        _ = _model.Context.Logits(_batch.Count - 1);
    }
}
