using CascadeLocal.Bench.Decoding;
using CascadeLocal.Bench.Measuring;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Bench.KvCache;

/// <summary>A layout of the KV cache with a way of attention: a column of the table.</summary>
internal sealed class KvVariant : IDisposable
{
    /// <summary>The columns, in their order.</summary>
    public static readonly IReadOnlyList<(KvLayout Layout, bool FlashAttention, Quantity StepTime)> All =
    [
        .. from layout in new[] { KvLayout.Streams, KvLayout.Unified }
           from flash in new[] { false, true }
           select (layout, flash, new Quantity(
               $"{layout}, fa {Name(flash)} [us]",
               $"A bare decode with the KV cache as {layout}, flash attention {Name(flash)}",
               Statistic.Minimum,
               "N1")),
    ];

    private readonly BareDecoder _decoder;
    private readonly Quantity _stepTime;

    /// <summary>Loads a model with column <paramref name="index"/> of <see cref="All"/>.</summary>
    public KvVariant(ModelOptions options, int index)
    {
        (KvLayout layout, bool flash, _stepTime) = All[index];
        _decoder = new BareDecoder(options with { KvLayout = layout, FlashAttention = flash });
    }

    /// <summary>Fills the cache: idle sequences behind the decoding ones, and before them in a shared buffer.</summary>
    public void Fill(KvLoad load, int sequences, int promptTokens)
    {
        for (int i = load.Sequences; i < sequences; i++)
            _decoder.Extend(i, load.IdleCells / (sequences - load.Sequences));
        for (int i = 0; i < load.Sequences; i++)
            _decoder.Extend(i, promptTokens);
    }

    /// <summary>Decodes once and observes the time.</summary>
    public void Step(int sequences) =>
        Observations.Add(_stepTime, _decoder.Step(sequences).TotalMicroseconds);

    /// <summary>Takes the decoding sequences back to their prompts.</summary>
    public void Rewind(int sequences, int promptTokens)
    {
        for (int i = 0; i < sequences; i++)
            _decoder.Truncate(i, promptTokens);
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private static string Name(bool flash) => flash ? "on" : "off";
}
