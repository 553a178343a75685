using CascadeLocal.Routing.Embedding;

using CsCheck;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>How texts are put into batches.</summary>
public sealed class LengthBatchesTests
{
    [Fact]
    public void Every_text_is_in_one_batch_and_a_quarter_of_a_batch_at_most_is_padding() =>
        Gen.Int[2, 256].Array[0, 300].Sample(lengths =>
        {
            EmbeddingRequest[] requests = [.. lengths.Select(length => new EmbeddingRequest(new int[length], CancellationToken.None))];
            IReadOnlyList<EmbeddingRequest>[] batches = [.. LengthBatches.Plan(requests)];
            Assert.Equal(requests.ToHashSet(), batches.SelectMany(batch => batch).ToHashSet());
            Assert.Equal(requests.Length, batches.Sum(batch => batch.Count));
            foreach (IReadOnlyList<EmbeddingRequest> batch in batches)
            {
                int padded = batch.Count * batch.Max(request => request.Pieces.Length);
                Assert.True(batch.Sum(request => request.Pieces.Length) >= 0.75 * padded);
                Assert.True(padded <= 4096 && batch.Count <= 32);
            }
        });
}
