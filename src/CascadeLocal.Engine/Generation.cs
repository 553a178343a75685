using System.Runtime.CompilerServices;

using CascadeLocal.Engine.Scheduling;

namespace CascadeLocal.Engine;

/// <summary>The reader's side of a sequence that runs: the answer of a model in this process.</summary>
public sealed class Generation : IAnswer
{
    private readonly Sequence _sequence;
    private int _length;
    private bool _ended;

    internal Generation(Sequence sequence) => _sequence = sequence;

    /// <inheritdoc/>
    public ReadOnlySpan<char> Text => _sequence.Text.Read(_length);

    /// <inheritdoc/>
    public AnswerMarkup? Markup => _sequence.Markup;

    /// <inheritdoc/>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        if (_ended)
            return new(false);
        ValueTask<bool> token = _sequence.Output.WaitToReadAsync(cancellationToken);
        // Where no token comes any more, the end is there to be read.
        return token.IsCompletedSuccessfully ? new(true) : AwaitAsync(token);
    }

    /// <inheritdoc/>
    public bool TryRead(out AnswerEvent next)
    {
        if (_sequence.Output.TryRead(out next))
        {
            _length = next.Text.End.Value;
            return true;
        }

        if (_ended || !_sequence.Output.Completion.IsCompleted)
            return false;
        _ended = true;
        next = _sequence.End;
        return true;
    }

    /// <inheritdoc/>
    public void Stop() => _sequence.RequestCancel();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> AwaitAsync(ValueTask<bool> token)
    {
        await token;
        return true;
    }
}
