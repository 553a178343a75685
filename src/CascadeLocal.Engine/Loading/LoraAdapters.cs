using System.Collections;
using System.Runtime.CompilerServices;

namespace CascadeLocal.Engine.Loading;

/// <summary>An adapter file, and how strongly it is applied.</summary>
/// <param name="Path">The GGUF file.</param>
/// <param name="Scale">What its change of the weights is multiplied by: 1 is as it was trained, 0 is none of it.</param>
public sealed record LoraOptions(string Path, float Scale = 1);

/// <summary>The adapters of a model. Two lists are equal where they hold the same adapters, equally scaled, in one order.</summary>
[CollectionBuilder(typeof(LoraAdapters), nameof(Of))]
public sealed class LoraAdapters : IReadOnlyList<LoraOptions>, IEquatable<LoraAdapters>
{
    private readonly LoraOptions[] _adapters;

    private LoraAdapters(ReadOnlySpan<LoraOptions> adapters) => _adapters = adapters.ToArray();

    /// <inheritdoc/>
    public int Count => _adapters.Length;

    /// <inheritdoc/>
    public LoraOptions this[int index] => _adapters[index];

    /// <summary>A list of these.</summary>
    public static LoraAdapters Of(ReadOnlySpan<LoraOptions> adapters) => new(adapters);

    /// <inheritdoc/>
    public bool Equals(LoraAdapters? other) => other is not null && _adapters.AsSpan().SequenceEqual(other._adapters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LoraAdapters);

    /// <inheritdoc/>
    public override int GetHashCode() => _adapters.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<LoraOptions> GetEnumerator() => ((IEnumerable<LoraOptions>)_adapters).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
