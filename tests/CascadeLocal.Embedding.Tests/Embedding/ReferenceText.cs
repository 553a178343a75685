namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>A text, its ids from [CLS] to [SEP], and its vector.</summary>
internal sealed record ReferenceText(string Id, string Text, int[] Ids, float[] Vector);
