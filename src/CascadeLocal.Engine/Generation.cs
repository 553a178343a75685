using System.Runtime.CompilerServices;

using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine;

/// <summary>A running generation: read its chunks to the end, then its result. Disposing it cancels what still runs.</summary>
public sealed class Generation : IDisposable
{
    private readonly Sequence _sequence;
    private readonly AnswerTextReader _text;

    internal Generation(Sequence sequence)
    {
        _sequence = sequence;
        _text = new AnswerTextReader(sequence.Text);
    }

    /// <summary>How it went; there once <see cref="ReadAllAsync"/> has ended.</summary>
    /// <exception cref="InvalidOperationException">It has not ended yet.</exception>
    public GenerationResult Result =>
        _sequence.Result ?? throw new InvalidOperationException("The generation has not ended.");

    /// <summary>
    /// The tokens as they come, one chunk each. Can be read once. The answer's text is the chunks' text in order.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the generation.</exception>
    /// <exception cref="EngineException">The engine failed or the model is being unloaded.</exception>
    public async IAsyncEnumerable<GenerationChunk> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            while (await _sequence.Output.WaitToReadAsync(cancellationToken))
            {
                while (_sequence.Output.TryRead(out TokenEvent token))
                {
                    string text = token.IsLast ? _text.Finish(token.Released) : _text.ReadTo(token.Released);
                    yield return new GenerationChunk(text, token.Token, token.Signals);
                }
            }
        }
        finally
        {
            // However the reading ends, nobody is left who wants more tokens.
            _sequence.RequestCancel();
        }
    }

    /// <summary>Ends it within one step; it then counts as <see cref="FinishReason.Cancelled"/>.</summary>
    public void Cancel() => _sequence.RequestCancel();

    /// <inheritdoc/>
    public void Dispose() => Cancel();
}
