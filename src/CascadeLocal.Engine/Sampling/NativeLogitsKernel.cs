namespace CascadeLocal.Engine.Sampling;

/// <summary>The C++ kernel of native/ at one instruction set.</summary>
internal sealed unsafe class NativeLogitsKernel : ILogitsKernel
{
    private readonly NativeLogitsLibrary _library;
    private readonly int _level;

    /// <summary>Takes a level up to <see cref="NativeLogitsLibrary.BestLevel"/>.</summary>
    public NativeLogitsKernel(NativeLogitsLibrary library, NativeLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)level, (int)library.BestLevel, nameof(level));
        _library = library;
        _level = (int)level;
        Name = $"native {level.ToString().ToLowerInvariant()}";
    }

    public string Name { get; }

    public LogitsSummary Summarize(ReadOnlySpan<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        LogitsSummary summary;
        int result;
        fixed (float* pointer = logits)
            result = _library.Summarize(_level, pointer, logits.Length, &summary);
        if (result != 0)
            summary.Best = -1;
        return summary;
    }

    public int Choose(ReadOnlySpan<float> logits, TokenSelection selection, double uniform, Span<ulong> scratch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(scratch.Length, logits.Length);
        fixed (float* pointer = logits)
        fixed (ulong* words = scratch)
            return _library.Sample(_level, pointer, logits.Length, &selection, uniform, words);
    }
}
