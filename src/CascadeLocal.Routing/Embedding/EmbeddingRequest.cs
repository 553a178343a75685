namespace CascadeLocal.Routing.Embedding;

/// <summary>A text that waits to be embedded.</summary>
/// <param name="pieces">Its word pieces.</param>
/// <param name="cancellationToken">Whether anyone still wants it.</param>
internal sealed class EmbeddingRequest(int[] pieces, CancellationToken cancellationToken)
{
    // What awaits the vector must not run on the encoder's thread.
    private readonly TaskCompletionSource<float[]> _vector = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int[] Pieces => pieces;

    public Task<float[]> Vector => _vector.Task;

    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    public void Complete(float[] vector) => _vector.TrySetResult(vector);

    public void Fail(Exception error) => _vector.TrySetException(error);

    public void Cancel() => _vector.TrySetCanceled(cancellationToken);
}
