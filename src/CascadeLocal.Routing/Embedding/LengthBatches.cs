namespace CascadeLocal.Routing.Embedding;

/// <summary>Puts texts of about the same length into one batch, since all of a batch are padded to its longest.</summary>
internal static class LengthBatches
{
    private const int MaximumTexts = 32;
    private const int MaximumTokens = 4096;

    /// <summary>A batch holds at least this share of real tokens.</summary>
    private const double MinimumFill = 0.75;

    /// <summary>Splits requests into batches, short ones first.</summary>
    public static IEnumerable<IReadOnlyList<EmbeddingRequest>> Plan(IEnumerable<EmbeddingRequest> requests)
    {
        List<EmbeddingRequest> batch = [];
        int tokens = 0;
        foreach (EmbeddingRequest request in requests.OrderBy(request => request.Pieces.Length))
        {
            int length = request.Pieces.Length;
            int padded = (batch.Count + 1) * length;
            bool isFull = batch.Count == MaximumTexts || padded > MaximumTokens || tokens + length < MinimumFill * padded;
            if (batch.Count > 0 && isFull)
            {
                yield return batch;
                batch = [];
                tokens = 0;
            }

            batch.Add(request);
            tokens += length;
        }

        if (batch.Count > 0)
            yield return batch;
    }
}
